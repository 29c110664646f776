/** What the time-series charts share over uPlot: axes in the site's zone, hatched gaps, cursor, keys, size, picture. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

import { short } from '../format/number';
import { DAY, zoneInWords } from '../format/time';
import { drawAnnotations } from './annotations';
import { bucketAt, edgesOf } from './buckets';
import { hatch } from './hatch';
import { picture } from './picture';
import { scopeSentence } from './sentences';
import { gaps } from './series';
import { figureCsv, figureTable, type Figures } from './table';
import type { Chart, ChartEvents, ChartInput } from './types';

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
  /** Whether the end of the line carries a dot, where new values appear. */
  readonly marksLast?: boolean;
  /** Which of the drawn series carries the dot and is walked along; 1 where there is only one. */
  readonly main?: number;
  /** Draws what belongs under the lines: marked stretches. */
  readonly under?: (self: uPlot, input: ChartInput) => void;
  /** The sentence of the drawn point with this index. */
  readonly point: (input: ChartInput, index: number, at: number) => string;
  /** Whether each x is the start of a bucket, all of which belongs to it under the pointer. */
  readonly isBucketed?: boolean;
  /** Whether the y axis starts at zero; amounts do, temperatures do not. */
  readonly hasZero?: boolean;
  /** Drawn over the series, in device pixels. */
  readonly over?: (self: uPlot, input: ChartInput) => void;
  /** [px] */
  readonly height?: number;
}

const HEIGHT = 248;
/** Room for the labels of the y axis where charts stand under each other. [px] */
const LINKED = 63;
/** A drag shorter than this is a click. [px] */
const CLICK = 4;
/** Room a time label needs. [px] */
const LABEL_WIDTH = 56;

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

/** A year crosses daylight saving, so the short name of its first day would be half wrong. */
const zoneOf = ({ view: { from, to, zone } }: ChartInput): string =>
  zoneInWords(from, zone, { withShort: to - from < 60 * DAY });

export function plot(el: HTMLElement, first: ChartInput, on: ChartEvents, kind: Kind): Chart {
  let input = first;
  const current = (): ChartInput => input;
  const height = kind.height ?? HEIGHT;
  const width = (): number => Math.max(el.clientWidth, 200);
  const main = kind.main ?? 1;

  const drawGaps = (self: uPlot): void => {
    const { data, view, tokens } = input;
    const fill = hatch(self.ctx, tokens.context, uPlot.pxRatio);
    if (fill === null) return;
    const { top, height } = self.bbox;
    self.ctx.save();
    self.ctx.fillStyle = fill;
    self.ctx.globalAlpha = 0.55;
    for (const gap of gaps(data, view.from, Math.min(view.now, view.to))) {
      const from = self.valToPos(gap.from, 'x', true);
      self.ctx.fillRect(from, top, Math.max(1, self.valToPos(gap.to, 'x', true) - from), height);
    }
    self.ctx.restore();
  };

  const drawOver = (self: uPlot): void => {
    kind.over?.(self, input);
    drawAnnotations(self, input);
  };

  const drawLast = (self: uPlot): void => {
    if (!kind.marksLast) return;
    const [xs, ys] = [self.data[0], self.data[main] ?? []];
    const last = ys.findLastIndex((value) => typeof value === 'number');
    const [x, y] = [xs[last], ys[last]];
    if (typeof x !== 'number' || typeof y !== 'number') return;
    self.ctx.save();
    self.ctx.fillStyle = input.tokens.series;
    self.ctx.beginPath();
    self.ctx.arc(self.valToPos(x, 'x', true), self.valToPos(y, 'y', true), 4 * uPlot.pxRatio, 0, 2 * Math.PI);
    self.ctx.fill();
    self.ctx.restore();
  };

  /** The point under the cursor: the nearest one, of buckets the one that holds it. */
  const pointed = (self: uPlot): number | undefined => {
    const { idx, left } = self.cursor;
    if (idx === null || idx === undefined || left === undefined || left < 0) return undefined;
    return kind.isBucketed ? bucketAt(input.data.columns, self.posToVal(left, 'x')) : idx;
  };
  const spoken = (self: uPlot): void => {
    const index = pointed(self);
    const at = index === undefined ? undefined : self.data[0][index];
    on.cursor(at === undefined || index === undefined ? null : kind.point(input, index, at));
  };

  /** What was dragged, widened to whole buckets. */
  let isNoting = false;
  const dragged = (self: uPlot): void => {
    const { left, width: length } = self.select;
    if (length < CLICK) {
      // A click with a shaking hand.
      self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      return pickAt(self, left);
    }
    const { data, view } = input;
    const [from, to] = [self.posToVal(left, 'x'), self.posToVal(left + length, 'x')];
    self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    const first = edgesOf(data.columns, bucketAt(data.columns, from));
    const last = edgesOf(data.columns, bucketAt(data.columns, to));
    const stretch = [Math.max(first?.from ?? from, view.from), Math.min(last?.to ?? to, view.to)] as const;
    if (stretch[1] <= stretch[0]) return;
    (isNoting ? on.annotate : on.range)?.(...stretch);
  };
  const pickAt = (self: uPlot, left: number | undefined): void => {
    if (left === undefined || left < 0) return;
    const bucket = edgesOf(input.data.columns, bucketAt(input.data.columns, self.posToVal(left, 'x')));
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
      cursor: {
        y: false,
        drag: { x: on.range !== undefined || on.annotate !== undefined, y: false, setScale: false },
        points: { size: 7, show: !kind.isBucketed },
        ...(kind.isBucketed
          ? { dataIdx: (_self, _series, index, at) => bucketAt(input.data.columns, at) ?? index }
          : {}),
        ...(first.view.link === undefined
          ? {}
          : {
              sync: {
                key: first.view.link,
                setSeries: false,
                scales: ['x', null],
                // Only where the pointer is goes over; a drag stays with the chart it is made on.
                filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave', sub: () => true },
              },
            }),
      },
      scales: {
        x: { time: false, range: () => [input.view.from, input.view.to] },
        y: { range: kind.hasZero === false ? around : range },
      },
      axes: [
        {
          ...axis,
          ...(kind.isBucketed ? { grid: { show: false } } : {}),
          size: 30,
          label: zoneOf(first),
          labelSize: 18,
          labelGap: 0,
          splits: (self) =>
            kind.ticks(input.view.from, input.view.to, input.view.zone, self.bbox.width / uPlot.pxRatio / LABEL_WIDTH),
          values: (_self, splits) => splits.map((at) => kind.tickText(at, input.view.zone, input.view.to - input.view.from)),
        },
        {
          ...axis,
          // Charts that share a cursor share the place where time begins.
          size: (_self, values) =>
            Math.max(
              14 + 7 * Math.max(2, ...(values ?? []).map(({ length }) => length)),
              first.view.link === undefined ? 0 : LINKED,
            ),
          ...(kind.height === undefined ? {} : { space: 24 }),
          values: (_self, splits) => splits.map(short),
        },
      ],
      series: [{}, ...kind.series(current)],
      bands: kind.bands?.(current) ?? [],
      hooks: {
        drawAxes: [drawGaps, (self) => kind.under?.(self, input)],
        draw: [drawLast, drawOver],
        setCursor: [spoken],
        setSelect: [dragged],
      },
    },
    kind.columns(first),
    el,
  );

  const move = (by: number): void => {
    const xs = u.data[0];
    const from = pointed(u) ?? (by > 0 ? -1 : xs.length);
    let to = from + by;
    // Breaks in the line carry no value; step over them.
    while (to >= 0 && to < xs.length && typeof u.data[main]?.[to] !== 'number') to += Math.sign(by);
    const index = Math.min(Math.max(to, 0), xs.length - 1);
    const bucket = kind.isBucketed ? edgesOf(input.data.columns, index) : undefined;
    // The middle of a bucket, so that no rounding takes the cursor to its neighbour.
    const at = bucket === undefined ? xs[index] : (bucket.from + bucket.to) / 2;
    if (at !== undefined) u.setCursor({ left: u.valToPos(at, 'x'), top: 0 });
  };
  const key = (event: KeyboardEvent): void => {
    const count = u.data[0].length;
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -12, PageDown: 12, Home: -count, End: count }[event.key];
    if (by !== undefined) move(by);
    else if (event.key === 'Escape' && (u.cursor.left ?? -1) >= 0) u.setCursor({ left: -10, top: -10 });
    else if (event.key === 'Enter' && on.pick !== undefined) pickAt(u, u.cursor.left);
    else return;
    event.preventDefault();
  };
  el.tabIndex = 0;
  el.addEventListener('keydown', key);
  let pressed = 0;
  u.over.addEventListener('mousedown', (event) => {
    pressed = event.clientX;
    isNoting = event.shiftKey;
  });
  u.over.addEventListener('click', (event) => {
    if (Math.abs(event.clientX - pressed) < CLICK) pickAt(u, event.clientX - u.over.getBoundingClientRect().left);
  });

  const watch = new ResizeObserver(() => {
    if (u.width !== width()) u.setSize({ width: width(), height });
  });
  watch.observe(el);

  return {
    update(next) {
      input = next;
      const [time] = u.axes;
      if (time !== undefined) time.label = zoneOf(next);
      u.setData(kind.columns(next));
    },
    destroy() {
      watch.disconnect();
      el.removeEventListener('keydown', key);
      u.destroy();
    },
    summary: () => kind.summary(input),
    table: () => figureTable(input, kind.figures),
    csv: () => figureCsv(input, kind.figures),
    png: () => picture(u.ctx.canvas, input, scopeSentence(input)),
  };
}
