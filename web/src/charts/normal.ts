/** What is drawn and said about the normal band: where use stood above it, and how a day compares so far. */
import { edgesOf } from './buckets';
import type { Columns, LivePoint, Other } from './types';

/** What is usual in each bucket: the median of like days, and P10 to P90. Null: not enough history. */
export interface Normal {
  readonly mean: readonly (number | null)[];
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

/** What the columns are compared with, where it is a band. */
export function normalOf(other: Other | undefined): Normal | undefined {
  if (other?.low === undefined || other.high === undefined) return undefined;
  return { mean: other.mean, low: other.low, high: other.high };
}

/** A stretch above P90 that is long enough to be told. [ms] */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  /** Mean rate beyond the median. [rate unit] */
  readonly excess: number;
}

/** Nearer to the usual than this share is normal, however narrow the band is. */
export const NEAR = 0.05;

/** Nor is it worth a word below this share of the highest that is usual: a kilowatt in the night of a large building. */
const SLIGHT = 0.01;

/** Above what each bucket is called above normal: P90 and a little, by itself or by the highest of the period. */
export function limitsOf({ high }: Normal): readonly (number | null)[] {
  const highest = high.reduce<number>((most, limit) => Math.max(most, Math.abs(limit ?? 0)), 0);
  return high.map((limit) => (limit === null ? null : limit + Math.max(NEAR * Math.abs(limit), SLIGHT * highest)));
}

/** How long use must stay above P90 to be called above normal. [ms] */
export const LEAST = 30 * 60_000;

/** Buckets that are known in part say what part; their mean is no mean of the bucket. */
const WHOLE = 0.95;

const endOf = (columns: Columns, i: number): number => edgesOf(columns, i)?.to ?? 0;

/** Whether any bucket has a normal to be held against. */
export const hasHistory = (normal: Normal | undefined): boolean =>
  normal?.mean.some((value) => value !== null) ?? false;

/** Stretches that stayed clearly above P90 for half an hour or longer; an unknown bucket ends one. */
export function stretches(columns: Columns, normal: Normal): Stretch[] {
  const found: Stretch[] = [];
  let open: { from: number; to: number; above: number } | undefined;
  const close = (): void => {
    if (open !== undefined && open.to - open.from >= LEAST) {
      found.push({ from: open.from, to: open.to, excess: open.above / (open.to - open.from) });
    }
    open = undefined;
  };
  const limits = limitsOf(normal);
  columns.start.forEach((at, i) => {
    const [value, usual, limit] = [columns.mean[i], normal.mean[i], limits[i]];
    if (typeof value !== 'number' || typeof usual !== 'number' || typeof limit !== 'number' || value <= limit) {
      return close();
    }
    const end = endOf(columns, i);
    if (open !== undefined && open.to !== at) close();
    open ??= { from: at, to: at, above: 0 };
    open = { from: open.from, to: end, above: open.above + (value - usual) * (end - at) };
  });
  close();
  return found;
}

/** The usual at an instant: that of the bucket it lies in. */
export function normalAt(
  columns: Columns,
  normal: Normal | undefined,
  at: number,
): { readonly mean: number; readonly low: number; readonly high: number } | undefined {
  const i = columns.start.findLastIndex((start) => start <= at);
  if (normal === undefined || i < 0 || at >= endOf(columns, i)) return undefined;
  const [mean, low, high] = [normal.mean[i], normal.low[i], normal.high[i]];
  return typeof mean === 'number' && typeof low === 'number' && typeof high === 'number' ? { mean, low, high } : undefined;
}

/** A day up to where it is known, against the same stretch of a normal day. */
export interface SoFar {
  readonly used: number;
  readonly usual: number;
  /** used / usual - 1; null where nothing is usual. */
  readonly change: number | null;
  /** Up to when both are known. [ms] */
  readonly until: number;
  /** Share of the elapsed stretch that could be compared, 0 to 1. */
  readonly coverage: number;
}

/** Amounts of the buckets that are known whole and have a normal; undefined where there is none. */
export function soFar(columns: Columns, usual: readonly (number | null)[], from: number): SoFar | undefined {
  let [used, normal, known, until] = [0, 0, 0, from];
  columns.start.forEach((at, i) => {
    const [value, middle] = [columns.sum[i], usual[i]];
    if (typeof value !== 'number') return;
    const end = endOf(columns, i);
    until = end;
    if (typeof middle !== 'number' || (columns.coverage[i] ?? 1) < WHOLE) return;
    used += value;
    normal += middle;
    known += end - at;
  });
  if (known === 0) return undefined;
  return {
    used,
    usual: normal,
    change: normal > 0 ? used / normal - 1 : null,
    until,
    coverage: known / (until - from),
  };
}

/** The newest drawn figure: the socket's last value, or the newest bucket. */
export function newestOf(columns: Columns, live: readonly LivePoint[]): LivePoint | undefined {
  const last = live.at(-1);
  if (last !== undefined) return last;
  const i = columns.mean.findLastIndex((value) => typeof value === 'number');
  const value = columns.mean[i];
  return typeof value === 'number' ? { at: columns.start[i] ?? 0, value } : undefined;
}
