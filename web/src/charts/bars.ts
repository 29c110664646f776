/** Energy by day or month as bars; what it is compared with stands behind them as wider grey ones. */
import { quantity } from '../format/number';
import { t, tn } from '../format/text';
import { DAY, dayStart, instant, local } from '../format/time';
import { barOf, extent, NARROW, WIDE } from './bar-places';
import { bucketed, type Kind } from './bucketed';
import { hatch } from './hatch';
import { gapSentence } from './sentences';
import { facts } from './series';
import { whenOf } from './table';
import { timeText, timeTicks } from './ticks';
import type { ChartInput, Mount } from './types';

/** A bucket with less than this of its data is not the whole amount. */
const WHOLE = 0.95;

const isPartial = ({ data: { columns } }: ChartInput, i: number): boolean =>
  typeof columns.sum[i] === 'number' && (columns.coverage[i] ?? 1) < WHOLE;

/** Marks stand under the middle of their day or month. */
export function middles(from: number, to: number, zone: string, most: number): number[] {
  const isMonths = to - from > 100 * DAY;
  return timeTicks(from, to, zone, most)
    .map((at) => {
      const { year, month } = local(at, zone);
      return isMonths ? instant(year, month, 16, 0, zone) : (at + dayStart(at, zone, 1)) / 2;
    })
    .filter((at) => at < to);
}

function summary(input: ChartInput): string {
  const { columns } = input.data;
  const { zone, amountUnit } = input.view;
  const found = facts(input.data, 'sum');
  if (found === undefined) return t('chart.empty');
  const partial = columns.sum.filter((_, i) => isPartial(input, i)).length;
  return (
    t('chart.summary.bars', {
      energy: quantity(found.total, amountUnit),
      high: quantity(found.high.value, amountUnit),
      high_time: whenOf(columns.step)(found.high.at, zone),
    }) +
    (partial > 0 ? ` ${tn('chart.partial', partial)}` : '') +
    gapSentence(input)
  );
}

const kind: Kind = {
  extent: ({ data: { columns, other } }) => extent(columns.sum, other?.sum ?? []),
  figures: (pen, plane, input) => {
    const { data: { columns, other }, tokens } = input;
    const fill = (values: readonly (number | null)[], part: number, wanted = (_index: number): boolean => true): void =>
      values.forEach((value, i) => {
        const bar = wanted(i) ? barOf(plane, columns, i, value, part) : undefined;
        if (bar !== undefined) pen.fillRect(bar.left, bar.top, bar.width, bar.height);
      });
    const part = other === undefined ? WIDE : NARROW;
    pen.fillStyle = tokens.band;
    fill(other?.sum ?? [], WIDE);
    pen.fillStyle = tokens.series;
    fill(columns.sum, part);
    pen.fillStyle = hatch(pen, tokens.card) ?? tokens.series;
    fill(columns.sum, part, (i) => isPartial(input, i));
  },
  ticks: middles,
  tickText: timeText,
  summary,
  point: ({ data: { columns, other }, view }, index, at) => {
    const value = columns.sum[index];
    const time = whenOf(columns.step)(at, view.zone);
    if (other !== undefined) {
      const compared = quantity(other.sum[index], view.amountUnit);
      return t('chart.at.other', { time, value: quantity(value, view.amountUnit), name: other.name, other: compared });
    }
    if (typeof value !== 'number') return t('chart.at.none', { time });
    return t('chart.at', { time, value: quantity(value, view.amountUnit) });
  },
};

export const mount: Mount = (el, input, on) => bucketed(el, input, on, kind);
