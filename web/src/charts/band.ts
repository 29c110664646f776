/** Demand of a day against the normal band: one line, a grey band, stretches above it marked, the newest value as a dot. */
import uPlot from 'uplot';

import { duration } from '../format/duration';
import { quantity } from '../format/number';
import { t, tn } from '../format/text';
import { clock } from '../format/time';
import { between, hasHistory, normalAt, normalOf, stretches } from './normal';
import { plot, type Kind } from './plot';
import { powerSummary } from './sentences';
import { line } from './series';
import { hourTicks } from './ticks';
import type { ChartInput, Mount } from './types';

/** Everything on one rising time axis: the line's own points, and the starts of the buckets for the band. */
function columnsOf({ data }: ChartInput): uPlot.AlignedData {
  const drawn = line(data);
  const { columns } = data;
  const normal = normalOf(data.other);
  if (normal === undefined) {
    const none = drawn.x.map(() => null);
    return [drawn.x, none, none, none, drawn.y];
  }
  const known = new Map(drawn.x.map((at, i) => [at, drawn.y[i] ?? null]));
  const x = [...new Set([...drawn.x, ...columns.start])].sort((a, b) => a - b);
  const last = drawn.x.at(-1) ?? Number.NEGATIVE_INFINITY;
  const first = drawn.x[0] ?? Number.POSITIVE_INFINITY;
  const own = (at: number): number | null | undefined => {
    const value = known.get(at);
    if (value !== undefined) return value;
    // Inside a run of the line a bucket's start that the line left out must not break it.
    return at > first && at < last ? undefined : null;
  };
  const drawBetween = (values: readonly (number | null)[]) => x.map((at) => between(columns, values, at));
  return [
    x,
    drawBetween(normal.high),
    drawBetween(normal.low),
    drawBetween(normal.mean),
    x.map(own),
  ];
}

function marks(self: uPlot, { data, tokens }: ChartInput): void {
  const normal = normalOf(data.other);
  if (normal === undefined) return;
  const { top, height } = self.bbox;
  const strip = 5 * uPlot.pxRatio;
  self.ctx.save();
  self.ctx.fillStyle = tokens.warn;
  for (const { from, to } of stretches(data.columns, normal)) {
    const left = self.valToPos(from, 'x', true);
    const width = Math.max(strip, self.valToPos(to, 'x', true) - left);
    self.ctx.globalAlpha = 0.12;
    self.ctx.fillRect(left, top, width, height);
    self.ctx.globalAlpha = 1;
    self.ctx.fillRect(left, top, width, strip);
  }
  self.ctx.restore();
}

/** The stretches above normal in words; empty where there was none, or nothing to hold the day against. */
export function aboveSentence({ data, view }: ChartInput): string {
  const normal = normalOf(data.other);
  if (normal === undefined || !hasHistory(normal)) return t('band.no_history');
  const found = stretches(data.columns, normal);
  const [first] = found;
  if (first === undefined) return t('band.above.none');
  const longest = found.reduce((best, next) => (next.to - next.from > best.to - best.from ? next : best), first);
  return tn('band.above', found.length, {
    duration: duration(found.reduce((sum, { from, to }) => sum + to - from, 0)),
    from: clock(longest.from, view.zone),
    to: clock(longest.to, view.zone),
    excess: quantity(longest.excess, view.rateUnit),
  });
}

const kind: Kind = {
  figures: 'rate',
  marksLast: true,
  main: 4,
  series: (current) => {
    const edge = { stroke: () => current().tokens.band, width: 0, points: { show: false } };
    return [
      { ...edge },
      { ...edge },
      { stroke: () => current().tokens.context, width: 1.5, dash: [5, 4], points: { show: false } },
      { stroke: () => current().tokens.series, width: 2, points: { show: false }, spanGaps: false },
    ];
  },
  bands: (current) => [{ series: [1, 2], fill: () => `${current().tokens.band}66` }],
  columns: columnsOf,
  under: marks,
  ticks: hourTicks,
  tickText: clock,
  summary: (input) => `${powerSummary(input)} ${aboveSentence(input)}`.trim(),
  point: (input, _index, at) => {
    const { data, view } = input;
    const drawn = line(data);
    const value = drawn.y[drawn.x.findLastIndex((known) => known <= at)];
    const usual = normalAt(data.columns, normalOf(data.other), at);
    const time = clock(at, view.zone);
    const reading = typeof value === 'number' && at <= (drawn.x.at(-1) ?? 0) ? value : undefined;
    if (usual === undefined) {
      if (reading === undefined) return t('chart.at.none', { time });
      return t('chart.at', { time, value: quantity(reading, view.rateUnit) });
    }
    const range = {
      time,
      usual: quantity(usual.mean, view.rateUnit),
      low: quantity(usual.low, view.rateUnit),
      high: quantity(usual.high, view.rateUnit),
    };
    if (reading === undefined) return t('band.at.ahead', range);
    return t('band.at', { ...range, value: quantity(reading, view.rateUnit) });
  },
};

export const mount: Mount = (el, input, on) => plot(el, input, on, kind);
