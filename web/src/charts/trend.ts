/** Up to six series of one unit over each other; each with its own buckets, colour and dash. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

import { csv } from '../format/csv';
import { UNKNOWN, exact, quantity, share, short, unitName } from '../format/number';
import { t } from '../format/text';
import { DAY, date, dateAndClock, iso } from '../format/time';
import { bucketAt, edgesOf } from './buckets';
import { CURSOR, guide, type Guide } from './guided';
import { picture } from './picture';
import { coverage } from './series';
import { LABEL_WIDTH, timeText, timeTicks, zoneOf } from './ticks';
import type { Chart, ChartEvents, ChartTable, ChartText, ChartTokens, Columns, Drawn } from './types';
import { strideOf } from './walk';

export interface TrendSeries {
  readonly name: string;
  readonly columns: Pick<Columns, 'start' | 'step' | 'mean' | 'min' | 'max' | 'coverage'>;
  /** A place among the six colours; belongs to the series, not to its rank. */
  readonly colour: number;
}

export interface TrendInput extends Drawn {
  readonly series: readonly TrendSeries[];
  readonly view: {
    readonly from: number;
    readonly to: number;
    /** Up to when anything can be known. [ms] */
    readonly until: number;
    readonly zone: string;
    readonly unit: string;
    /** Charts with the same name share one cursor. */
    readonly link: string;
    /** [px] */
    readonly height: number;
  };
  readonly tokens: ChartTokens;
  readonly text: ChartText;
}

/** Colours alone tell nobody apart who cannot see them: each line has its dash too. */
const DASHES: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 2], [12, 6]];
/** Room for the labels of the y axis, the same in every pane. [px] */
const AXIS = 56;

export const dashOf = (colour: number): readonly number[] => DASHES[colour % DASHES.length] ?? [];

/** The value of a series at an instant: that of the bucket it lies in. */
export function valueAt({ columns }: TrendSeries, at: number): number | null {
  const index = bucketAt({ ...columns, sum: [], estimatedShare: [] }, at);
  const edges = edgesOf({ ...columns, sum: [], estimatedShare: [] }, index);
  if (index === undefined || edges === undefined || at >= edges.to) return null;
  return columns.mean[index] ?? null;
}

/** All series on one rising axis: every start, and the end of every run, so that a gap is a gap. */
export function joined(series: readonly TrendSeries[]): { readonly x: number[]; readonly y: (number | null)[][] } {
  const x = [...new Set(series.flatMap(({ columns }) => columns.start))].sort((a, b) => a - b);
  return { x, y: series.map((one) => x.map((at) => valueAt(one, at))) };
}

interface Extremes {
  readonly low: { readonly value: number; readonly at: number };
  readonly high: { readonly value: number; readonly at: number };
  readonly last: { readonly value: number; readonly at: number };
}

export function extremes({ columns }: TrendSeries): Extremes | undefined {
  let found: Extremes | undefined;
  columns.start.forEach((at, i) => {
    const value = columns.mean[i];
    if (typeof value !== 'number') return;
    const [least, most] = [columns.min[i] ?? value, columns.max[i] ?? value];
    found = {
      low: found !== undefined && found.low.value <= least ? found.low : { value: least, at },
      high: found !== undefined && found.high.value >= most ? found.high : { value: most, at },
      last: { value, at },
    };
  });
  return found;
}

const timeOf = ({ view }: TrendInput, at: number): string =>
  view.to - view.from > 100 * DAY ? date(at, view.zone) : dateAndClock(at, view.zone);

function summary(input: TrendInput): string {
  const { unit } = input.view;
  const sentences = input.series.map((one) => {
    const found = extremes(one);
    if (found === undefined) return t('trend.summary.none', { name: one.name });
    return t('trend.summary', {
      name: one.name,
      low: quantity(found.low.value, unit),
      low_time: timeOf(input, found.low.at),
      high: quantity(found.high.value, unit),
      high_time: timeOf(input, found.high.at),
    });
  });
  return sentences.join(' ');
}

function table(input: TrendInput): ChartTable {
  const { x, y } = joined(input.series);
  const unit = unitName(input.view.unit);
  return {
    head: [
      t('chart.column.start'),
      ...input.series.map(({ name }) => (unit === '' ? name : t('trend.column', { name, unit }))),
    ],
    rows: x.map((at, i) => [
      timeOf(input, at),
      ...y.map((column) => (typeof column[i] === 'number' ? exact(column[i]) : UNKNOWN)),
    ]),
  };
}

function asCsv(input: TrendInput): string {
  const { x, y } = joined(input.series);
  const unit = input.view.unit;
  return csv([
    ['start', ...input.series.map(({ name }) => (unit === '1' ? name : `${name} (${unit})`))],
    ...x.map((at, i) => [iso(at, input.view.zone), ...y.map((column) => column[i] ?? null)]),
  ]);
}

/** The share of the period that the series know, for the picture. */
function scope(input: TrendInput): string {
  const { from, to, until, zone } = input.view;
  const [first, last] = [date(from, zone), date(to - 1, zone)];
  const period = first === last ? first : t('period.range', { from: first, to: last });
  const names = input.series
    .map(({ name, columns }) => {
      const known = coverage({ ...columns, sum: [], estimatedShare: [] }, from, Math.min(until, to));
      return t('trend.scope.one', { name, share: share(known) });
    })
    .join(', ');
  return t('trend.scope', { period, zone: zoneOf(input.view), names });
}

/** From the lowest to the highest, with room; powers that are near zero stand on it. */
function range(_self: uPlot, low: number | null, high: number | null): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const bottom = low >= 0 && low < high / 2 ? 0 : low;
  const room = Math.max((high - bottom) * 0.06, Math.abs(high) * 0.01, 1e-6);
  return [bottom === 0 ? 0 : bottom - room, high + room];
}

export function mount(el: HTMLElement, first: TrendInput, on: ChartEvents): Chart<TrendInput> {
  let input = first;
  let u: uPlot;
  let x: number[] = [];
  const width = (): number => Math.max(el.clientWidth, 200);

  const spoken = (self: uPlot): void => {
    const index = self.cursor.idx;
    const at = index === null || index === undefined || (self.cursor.left ?? -1) < 0 ? undefined : x[index];
    if (at === undefined) return on.cursor(null);
    const values = input.series.map((one) =>
      t('trend.at', { name: one.name, value: quantity(valueAt(one, at), input.view.unit) }),
    );
    on.cursor(`${timeOf(input, at)}: ${values.join('; ')}`);
  };

  const make = (): uPlot => {
    const { tokens, view } = input;
    const data = joined(input.series);
    x = data.x;
    const grid = { stroke: () => input.tokens.line, width: 1 };
    const axis = {
      stroke: () => input.tokens.muted,
      grid,
      ticks: { ...grid, size: 4 },
      font: tokens.font,
      labelFont: tokens.font,
    };
    return new uPlot(
      {
        width: width(),
        height: view.height,
        ms: 1,
        legend: { show: false },
        padding: [10, 22, 0, 0],
        cursor: CURSOR,
        scales: { x: { time: false, range: () => [input.view.from, input.view.to] }, y: { range } },
        axes: [
          {
            ...axis,
            size: 30,
            label: zoneOf(view),
            labelSize: 18,
            labelGap: 0,
            splits: (self) =>
              timeTicks(input.view.from, input.view.to, input.view.zone, self.bbox.width / uPlot.pxRatio / LABEL_WIDTH),
            values: (_self, splits) =>
              splits.map((at) => timeText(at, input.view.zone, input.view.to - input.view.from)),
          },
          { ...axis, size: AXIS, values: (_self, splits) => splits.map(short) },
        ],
        series: [
          {},
          ...input.series.map(({ colour }) => ({
            stroke: () => input.tokens.palette[colour % 6] ?? input.tokens.series,
            width: 1.75,
            // A line that stands alone needs no dash to be told apart.
            dash: input.series.length > 1 ? [...dashOf(colour)] : [],
            points: { show: false },
          })),
        ],
        hooks: { setCursor: [spoken] },
      },
      [data.x, ...data.y],
      el,
    );
  };
  const lead = (): Guide =>
    guide(u, {
      link: input.view.link,
      mayDrag: () => on.range !== undefined,
      dragged: (from, to) => on.range?.(Math.max(from, input.view.from), Math.min(to, input.view.to)),
      clicked: () => undefined,
    });
  u = make();
  let led = lead();

  const key = (event: KeyboardEvent): void => {
    const by = strideOf(event.key, x.length);
    const isOn = (u.cursor.left ?? -1) >= 0;
    if (by !== undefined) {
      const from = isOn ? (u.cursor.idx ?? 0) : by > 0 ? -1 : x.length;
      led.stand(x[Math.min(Math.max(from + by, 0), x.length - 1)]);
    } else if (event.key === 'Escape' && isOn) led.stand(undefined);
    else return;
    event.preventDefault();
  };
  el.tabIndex = 0;
  el.addEventListener('keydown', key);
  const watch = new ResizeObserver(() => {
    if (u.width !== width()) u.setSize({ width: width(), height: input.view.height });
  });
  watch.observe(el);

  const shape = ({ series, view }: TrendInput): string =>
    JSON.stringify([series.map(({ name, colour }) => [name, colour]), view.height, view.zone, view.link]);

  return {
    update(next) {
      const isSame = shape(next) === shape(input);
      input = next;
      if (!isSame) {
        led.release();
        u.destroy();
        u = make();
        led = lead();
        return;
      }
      const data = joined(next.series);
      x = data.x;
      u.setData([data.x, ...data.y]);
    },
    destroy() {
      watch.disconnect();
      el.removeEventListener('keydown', key);
      led.release();
      u.destroy();
    },
    summary: () => summary(input),
    table: () => table(input),
    csv: () => asCsv(input),
    png: () => picture(u.ctx.canvas, input, scope(input)),
  };
}
