/** From columns to what a chart draws: the line with its breaks, the gaps, and the facts of the summary. */
import type { ChartData, Columns, LivePoint } from './types';

export interface Line {
  readonly x: number[];
  readonly y: (number | null)[];
}

/** A stretch without a value. [ms] */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

export interface Peak {
  readonly value: number;
  readonly at: number;
}

export interface Facts {
  readonly low: Peak;
  readonly high: Peak;
  readonly last: Peak;
  readonly mean: number;
  readonly total: number;
}

/** A wait longer than this many steps is a gap, not a late reading. */
const PATIENCE = 2;

/** Where the bucket ends: a step later, or where the next one starts if that is sooner (short local days). */
const endOf = ({ start, step }: Columns, i: number): number =>
  Math.min((start[i] ?? 0) + step, start[i + 1] ?? Number.POSITIVE_INFINITY);

/** Amounts of carriers without a rate carry a sum only. */
const isKnown = ({ mean, sum }: Columns, i: number): boolean =>
  typeof mean[i] === 'number' || typeof sum[i] === 'number';

/** Live points that the columns do not hold yet. */
export function newer(columns: Columns, live: readonly LivePoint[]): LivePoint[] {
  let last = Number.NEGATIVE_INFINITY;
  for (let i = columns.start.length - 1; i >= 0; i--) {
    if (typeof columns.mean[i] === 'number') {
      last = columns.start[i] ?? last;
      break;
    }
  }
  return live.filter(({ at }) => at > last);
}

/**
 * The drawn line. A bucket's value holds over its whole interval, so a run ends at the END of its last bucket
 * and a lone bucket is a dash, not an invisible point. Between runs stands a null: a gap is a gap.
 */
export function line({ columns, live }: ChartData): Line {
  const x: number[] = [];
  const y: (number | null)[] = [];
  const put = (at: number, value: number | null): void => {
    const before = x.at(-1);
    if (before !== undefined && at <= before) return;
    x.push(at);
    y.push(value);
  };
  const added = newer(columns, live);
  const { start, mean, step } = columns;
  const newest = mean.findLastIndex((value) => typeof value === 'number');
  start.forEach((at, i) => {
    const value = mean[i];
    if (typeof value !== 'number') return;
    put(at, value);
    const end = endOf(columns, i);
    // Behind the newest bucket, whatever empty ones are still ahead of the day, the live values go on.
    const next = typeof mean[i + 1] === 'number' ? start[i + 1] : i === newest ? added[0]?.at : undefined;
    if (next !== undefined && next - end <= step) return;
    put(end - 1, value);
    put(end, null);
  });
  added.forEach(({ at, value }, i) => {
    const before = added[i - 1];
    if (before !== undefined && at - before.at > PATIENCE * Math.max(step, 1)) put(before.at + 1, null);
    // A value inside the interval just closed still shows: it is newer than the bucket.
    while (x.length > 0 && (x.at(-1) ?? 0) >= at) {
      x.pop();
      y.pop();
    }
    put(at, value);
  });
  return { x, y };
}

/** Stretches of the period, up to now, that hold no value. */
export function gaps({ columns, live }: ChartData, from: number, until: number): Gap[] {
  const found: Gap[] = [];
  let covered = from;
  const reach = (start: number, end: number, slack: number): void => {
    if (start - covered > slack) found.push({ from: covered, to: Math.min(start, until) });
    covered = Math.max(covered, end);
  };
  columns.start.forEach((at, i) => {
    if (isKnown(columns, i)) reach(at, endOf(columns, i), columns.step / 2);
  });
  for (const { at } of newer(columns, live)) reach(at, at + columns.step, PATIENCE * columns.step);
  reach(until, until, PATIENCE * columns.step);
  return found.filter((gap) => gap.to > gap.from);
}

/** Lowest, highest, newest, mean and total; undefined where no bucket has a value. */
export function facts({ columns, live }: ChartData, figure: 'mean' | 'sum'): Facts | undefined {
  const points: { at: number; low: number; high: number; value: number }[] = [];
  let [weighted, weights, total] = [0, 0, 0];
  columns.start.forEach((at, i) => {
    const value = columns[figure][i];
    if (typeof value !== 'number') return;
    const [low, high] = figure === 'sum' ? [value, value] : [columns.min[i] ?? value, columns.max[i] ?? value];
    points.push({ at, low, high, value });
    const weight = (columns.coverage[i] ?? 1) * (endOf(columns, i) - at);
    weighted += value * weight;
    weights += weight;
    total += columns.sum[i] ?? 0;
  });
  if (figure === 'mean') {
    for (const { at, value } of newer(columns, live)) points.push({ at, low: value, high: value, value });
  }
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const low = points.reduce((best, point) => (point.low < best.low ? point : best), first);
  const high = points.reduce((best, point) => (point.high > best.high ? point : best), first);
  return {
    low: { value: low.low, at: low.at },
    high: { value: high.high, at: high.at },
    last: { value: last.value, at: last.at },
    mean: weights > 0 ? weighted / weights : last.value,
    total,
  };
}

/** Which share of a stretch holds readings, 0 to 1; null for an empty stretch. */
export function coverage(columns: Columns, from: number, until: number): number | null {
  if (until <= from) return null;
  let known = 0;
  columns.start.forEach((at, i) => {
    if (!isKnown(columns, i)) return;
    // A bucket that runs beyond the stretch is as long as its part inside; its own coverage counts the whole.
    const whole = endOf(columns, i) - at;
    const inside = Math.max(0, Math.min(endOf(columns, i), until) - Math.max(at, from));
    known += Math.min(inside, (columns.coverage[i] ?? 1) * whole);
  });
  return Math.min(1, known / (until - from));
}
