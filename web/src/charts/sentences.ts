/** What a chart shows, in words. */
import { duration } from '../format/duration';
import { quantity, share } from '../format/number';
import { t, tn } from '../format/text';
import { DAY, HOUR, clock, date, dateAndClock, zoneInWords } from '../format/time';
import { coverage, facts, gaps } from './series';
import type { ChartInput } from './types';

export function gapSentence({ data, view }: ChartInput): string {
  const found = gaps(data, view.from, Math.min(view.now, view.to));
  if (found.length === 0) return '';
  const missing = found.reduce((sum, gap) => sum + gap.to - gap.from, 0);
  return ` ${tn('chart.gaps', found.length, { duration: duration(missing) })}`;
}

export function powerSummary(input: ChartInput): string {
  const { zone, rateUnit } = input.view;
  const found = facts(input.data, 'mean');
  if (found === undefined) return t('chart.empty');
  return (
    t('chart.summary.power', {
      low: quantity(found.low.value, rateUnit),
      low_time: clock(found.low.at, zone),
      high: quantity(found.high.value, rateUnit),
      high_time: clock(found.high.at, zone),
      last: quantity(found.last.value, rateUnit),
      last_time: clock(found.last.at, zone),
    }) + gapSentence(input)
  );
}

export function yearSummary(input: ChartInput): string {
  const { zone, rateUnit, amountUnit } = input.view;
  const found = facts(input.data, 'mean');
  if (found === undefined) return t('chart.empty');
  return (
    t('chart.summary.year', {
      mean: quantity(found.mean, rateUnit),
      high: quantity(found.high.value, rateUnit),
      high_time: date(found.high.at, zone),
      energy: quantity(found.total, amountUnit),
    }) + gapSentence(input)
  );
}

export function amountSummary(input: ChartInput): string {
  const { zone, amountUnit } = input.view;
  const found = facts(input.data, 'sum');
  if (found === undefined) return t('chart.empty');
  const when = input.data.columns.step >= 23 * HOUR ? date : dateAndClock;
  return (
    t('chart.summary.energy', {
      energy: quantity(found.total, amountUnit),
      high: quantity(found.high.value, amountUnit),
      high_time: when(found.high.at, zone),
    }) + gapSentence(input)
  );
}

/** The period, its zone and how much of it is known: what stands on a picture under its title. */
export function scopeSentence({ data, view: { from, to, now, zone } }: ChartInput): string {
  const [first, last] = [date(from, zone), date(to - 1, zone)];
  return t('chart.scope', {
    period: first === last ? first : t('period.range', { from: first, to: last }),
    zone: zoneInWords(from, zone, { withShort: to - from < 60 * DAY }),
    coverage: share(coverage(data.columns, from, Math.min(now, to))),
  });
}
