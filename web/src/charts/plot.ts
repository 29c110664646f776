/** What the lines over time share over uPlot: axes in the site's zone, hatched gaps, cursor, keys, size, picture. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

import { short } from '../format/number';
import { drawAnnotations } from './annotations';
import { bucketAround, edgesOf, widened } from './buckets';
import { drawGaps, type Ground } from './ground';
import { CURSOR, guide } from './guided';
import { picture } from './picture';
import { scopeSentence } from './sentences';
import { figureCsv, figureTable, type Figures } from './table';
import { axisRoom, LABEL_WIDTH, zoneOf } from './ticks';
import type { Chart, ChartEvents, ChartInput } from './types';
import { strideOf, walked } from './walk';

/** What one kind of chart adds. Functions read the input of the moment, so an update never rebuilds the plot. */
export interface Kind {
  readonly figures: Figures;
  readonly series: (current: () => ChartInput) => uPlot.Series[];
  readonly bands?: (current: () => ChartInput) => uPlot.Band[];
  readonly columns: (input: ChartInput) => uPlot.AlignedData;
  readonly ticks: (from: number, to: number, zone: string, most: number) => number[];
  /** `span` is the length of the period, so that a mark says no more than it must. [ms] */
  readonly tickText: (at: number, zone: string, span: number) => string;
  readonly summary: (input: ChartInput) => string;
  /** Which of the drawn series is walked along; 1 where there is only one. */
  readonly main?: number;
  /** The sentence of the drawn point with this index. */
  readonly point: (input: ChartInput, index: number, at: number) => string;
  /** Whether the y axis starts at zero; amounts do, temperatures do not. */
  readonly hasZero?: boolean;
  /** [px] */
  readonly height?: number;
}

const HEIGHT = 248;

/** From the lowest to the highest, with room; a flat line gets a degree above and below. */
function around(_plot: uPlot, low: number | null, high: number | null): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const room = Math.max((high - low) * 0.08, 1);
  return [low - room, high + room];
}

function range(_plot: uPlot, low: number | null, high: number | null): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  // Zero is always on the axis: half a bar must mean half the energy. Feeding in lies below it.
  const [bottom, top] = [Math.min(0, low), Math.max(0, high)];
  const room = (top - bottom || 1) * 0.06;
  return [bottom < 0 ? bottom - room : 0, top + room];
}

/** In device pixels, in which uPlot draws. */
const groundOf = (self: uPlot): Ground => ({
  pen: self.ctx,
  unit: uPlot.pxRatio,
  top: self.bbox.top,
  height: self.bbox.height,
  xOf: (at) => self.valToPos(at, 'x', true),
});

export function plot(el: HTMLElement, first: ChartInput, on: ChartEvents, kind: Kind): Chart {
  let input = first;
  const current = (): ChartInput => input;
  const height = kind.height ?? HEIGHT;
  const width = (): number => Math.max(el.clientWidth, 200);
  const main = kind.main ?? 1;

  /** The point under the cursor. */
  const pointed = (self: uPlot): number | undefined => {
    const { idx, left } = self.cursor;
    return left === undefined || left < 0 ? undefined : (idx ?? undefined);
  };
  const spoken = (self: uPlot): void => {
    const index = pointed(self);
    const at = index === undefined ? undefined : self.data[0][index];
    on.cursor(at === undefined || index === undefined ? null : kind.point(input, index, at));
  };
  const pick = (at: number | undefined): void => {
    const { columns } = input.data;
    const bucket = at === undefined ? undefined : edgesOf(columns, bucketAround(columns, at));
    if (bucket !== undefined) on.pick?.(bucket.from, bucket.to);
  };

  const stroke = (): string => input.tokens.muted;
  const grid = { stroke: () => input.tokens.line, width: 1 };
  const axis = { stroke, grid, ticks: { ...grid, size: 4 }, font: first.tokens.font, labelFont: first.tokens.font };
  const u = new uPlot(
    {
      width: width(),
      height,
      ms: 1,
      legend: { show: false },
      padding: [10, 22, 0, 0],
      cursor: CURSOR,
      scales: {
        x: { time: false, range: () => [input.view.from, input.view.to] },
        y: { range: kind.hasZero === false ? around : range },
      },
      axes: [
        {
          ...axis,
          size: 30,
          label: zoneOf(first.view),
          labelSize: 18,
          labelGap: 0,
          splits: (self) =>
            kind.ticks(input.view.from, input.view.to, input.view.zone, self.bbox.width / uPlot.pxRatio / LABEL_WIDTH),
          values: (_self, splits) => splits.map((at) => kind.tickText(at, input.view.zone, input.view.to - input.view.from)),
        },
        {
          ...axis,
          // Charts that share a cursor share the place where time begins.
          size: (_self, values) => axisRoom(values ?? [], first.view.link !== undefined),
          ...(kind.height === undefined ? {} : { space: 24 }),
          values: (_self, splits) => splits.map(short),
        },
      ],
      series: [{}, ...kind.series(current)],
      bands: kind.bands?.(current) ?? [],
      hooks: {
        drawAxes: [(self) => drawGaps(groundOf(self), input)],
        draw: [(self) => drawAnnotations(groundOf(self), input)],
        setCursor: [spoken],
      },
    },
    kind.columns(first),
    el,
  );

  const { stand, release } = guide(u, {
    link: first.view.link,
    mayDrag: () => on.range !== undefined || on.annotate !== undefined,
    dragged: (from, to, isNote) => {
      const whole = widened(input.data.columns, input.view, from, to);
      if (whole !== undefined) (isNote ? on.annotate : on.range)?.(...whole);
    },
    clicked: pick,
  });
  const key = (event: KeyboardEvent): void => {
    const xs = u.data[0];
    const by = strideOf(event.key, xs.length);
    const at = pointed(u);
    if (by !== undefined) {
      const next = walked(u.data[main] ?? [], at, by);
      if (next !== undefined) stand(xs[next]);
    } else if (event.key === 'Escape' && at !== undefined) stand(undefined);
    else if (event.key === 'Enter' && on.pick !== undefined) pick(at === undefined ? undefined : xs[at]);
    else return;
    event.preventDefault();
  };
  el.tabIndex = 0;
  el.addEventListener('keydown', key);

  const watch = new ResizeObserver(() => {
    if (u.width !== width()) u.setSize({ width: width(), height });
  });
  watch.observe(el);

  return {
    update(next) {
      input = next;
      const [time] = u.axes;
      if (time !== undefined) time.label = zoneOf(next.view);
      u.setData(kind.columns(next));
    },
    destroy() {
      watch.disconnect();
      el.removeEventListener('keydown', key);
      release();
      u.destroy();
    },
    summary: () => kind.summary(input),
    table: () => figureTable(input, kind.figures),
    csv: () => figureCsv(input, kind.figures),
    png: () => picture(u.ctx.canvas, input, scopeSentence(input)),
  };
}
