/** Energy by day or month as bars; what it is compared with stands behind them as wider grey ones. */
import uPlot from 'uplot';

import { quantity } from '../format/number';
import { t, tn } from '../format/text';
import { DAY, dayStart, instant, local } from '../format/time';
import { edgesOf } from './buckets';
import { hatch } from './hatch';
import { plot, type Kind } from './plot';
import { gapSentence } from './sentences';
import { facts } from './series';
import { whenOf } from './table';
import { timeText, timeTicks } from './ticks';
import type { ChartInput, Mount } from './types';

/** Parts of the room of a bucket. */
const [WIDE, NARROW] = [0.84, 0.56];
/** A bucket with less than this of its data is not the whole amount. */
const WHOLE = 0.95;

interface Bar {
  readonly left: number;
  readonly width: number;
  readonly top: number;
  readonly height: number;
}

function bar(self: uPlot, { data }: ChartInput, index: number, value: number, part: number): Bar | undefined {
  const edges = edgesOf(data.columns, index);
  if (edges === undefined) return undefined;
  const [from, to] = [self.valToPos(edges.from, 'x', true), self.valToPos(edges.to, 'x', true)];
  const [zero, at] = [self.valToPos(0, 'y', true), self.valToPos(value, 'y', true)];
  const width = Math.max((to - from) * part, 1);
  return { left: (from + to - width) / 2, width, top: Math.min(zero, at), height: Math.abs(zero - at) };
}

const paths =
  (current: () => ChartInput, part: (input: ChartInput) => number): uPlot.Series.PathBuilder =>
  (self, series, first, last) => {
    const fill = new Path2D();
    for (let i = first; i <= last; i++) {
      const value = self.data[series]?.[i];
      const drawn = typeof value === 'number' ? bar(self, current(), i, value, part(current())) : undefined;
      if (drawn !== undefined) fill.rect(drawn.left, drawn.top, drawn.width, drawn.height);
    }
    return { fill, stroke: null };
  };

const isPartial = ({ data: { columns } }: ChartInput, i: number): boolean =>
  typeof columns.sum[i] === 'number' && (columns.coverage[i] ?? 1) < WHOLE;

/** A bar that does not hold all of its data is hatched. */
function hatchPartial(self: uPlot, input: ChartInput): void {
  const fill = hatch(self.ctx, input.tokens.card, uPlot.pxRatio);
  if (fill === null) return;
  self.ctx.save();
  self.ctx.fillStyle = fill;
  input.data.columns.sum.forEach((value, i) => {
    if (typeof value !== 'number' || !isPartial(input, i)) return;
    const drawn = bar(self, input, i, value, input.data.other === undefined ? WIDE : NARROW);
    if (drawn !== undefined) self.ctx.fillRect(drawn.left, drawn.top, drawn.width, drawn.height);
  });
  self.ctx.restore();
}

/** Marks stand under the middle of their day or month. */
function middles(from: number, to: number, zone: string, most: number): number[] {
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
  figures: 'amount',
  isBucketed: true,
  main: 2,
  series: (current) => [
    { fill: () => current().tokens.band, width: 0, points: { show: false }, paths: paths(current, () => WIDE) },
    {
      fill: () => current().tokens.series,
      width: 0,
      points: { show: false },
      paths: paths(current, ({ data }) => (data.other === undefined ? WIDE : NARROW)),
    },
  ],
  columns: ({ data: { columns, other } }) => [
    [...columns.start],
    other === undefined ? columns.start.map(() => null) : [...other.sum],
    [...columns.sum],
  ],
  over: hatchPartial,
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

export const mount: Mount = (el, input, on) => plot(el, input, on, kind);
