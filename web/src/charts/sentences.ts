/** What a chart shows, in words. */
import { duration } from '../format/duration';
import { quantity } from '../format/number';
import { t, tn } from '../format/text';
import { HOUR, clock, date, dateAndClock } from '../format/time';
import { facts, gaps } from './series';
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
