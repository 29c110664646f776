/** A period as cells: one row a local day, one column a stretch of the wall clock. */
import { DAY, HOUR, MINUTE, dayStart, local, offset } from '../format/time';
import { bucketAt } from './buckets';
import type { Columns } from './types';

export interface Cells {
  readonly days: number;
  /** Cells of a day: 24 where they are hours, 288 where they are 5 minutes. */
  readonly perDay: number;
  /** Mean per cell, `day * perDay + cell`; NaN where nothing is known. */
  readonly value: Float64Array;
  /** Cells that hold two stretches of the clock, because daylight saving ended. */
  readonly doubled: ReadonlySet<number>;
  /** Cells of a run above what is normal that lasts half an hour or longer. */
  readonly above: ReadonlySet<number>;
  /** First and 99th percentile: the ends of the colour scale. */
  readonly low: number;
  readonly high: number;
}

const HALF_HOUR = 30 * MINUTE;

const dayNumber = (at: number, zone: string): number => {
  const { year, month, day } = local(at, zone);
  return Date.UTC(year, month - 1, day) / DAY;
};

function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** Wall clocks of many instants; the zone is only asked at the edges of days where the clock jumps. */
function wallClock(zone: string): (at: number) => number {
  const known = new Map<number, { readonly offset: number; readonly isSteady: boolean }>();
  return (at) => {
    const part = Math.floor(at / (6 * HOUR));
    let found = known.get(part);
    if (found === undefined) {
      const [first, last] = [offset(part * 6 * HOUR, zone), offset((part + 1) * 6 * HOUR - 1, zone)];
      found = { offset: first, isSteady: first === last };
      known.set(part, found);
    }
    return at + (found.isSteady ? found.offset : offset(at, zone));
  };
}

/** Indices of buckets that lie above normal in a run of half an hour or longer. */
export function runsAbove(columns: Columns, high: readonly (number | null)[] | undefined): ReadonlySet<number> {
  const found = new Set<number>();
  if (high === undefined) return found;
  let run: number[] = [];
  const close = (): void => {
    if (run.length * columns.step >= HALF_HOUR) for (const i of run) found.add(i);
    run = [];
  };
  columns.start.forEach((at, i) => {
    const [value, limit] = [columns.mean[i] ?? columns.sum[i], high[i]];
    const follows = run.length === 0 || at - (columns.start[i - 1] ?? at) <= columns.step;
    if (!follows) close();
    if (typeof value === 'number' && typeof limit === 'number' && value > limit) run.push(i);
    else close();
  });
  close();
  return found;
}

/** Lays buckets out by the site's wall clock; a doubled stretch is the mean of both. */
export function cells(
  columns: Columns,
  from: number,
  to: number,
  zone: string,
  high?: readonly (number | null)[],
): Cells {
  const first = dayNumber(from, zone);
  const days = dayNumber(to - 1, zone) - first + 1;
  const perDay = Math.max(1, Math.round(DAY / Math.min(columns.step, DAY)));
  const wall = wallClock(zone);
  const sum = new Float64Array(days * perDay);
  const buckets = new Uint8Array(days * perDay);
  const runs = runsAbove(columns, high);
  const above = new Set<number>();
  columns.start.forEach((at, i) => {
    const value = columns.mean[i] ?? columns.sum[i];
    const local = wall(at);
    const day = Math.floor(local / DAY) - first;
    const cell = day * perDay + Math.floor(((local % DAY) / DAY) * perDay);
    if (typeof value !== 'number' || cell < 0 || cell >= sum.length) return;
    sum[cell] = (sum[cell] ?? 0) + value;
    buckets[cell] = (buckets[cell] ?? 0) + 1;
    if (runs.has(i)) above.add(cell);
  });
  const value = sum.map((total, cell) => total / (buckets[cell] ?? 0));
  const doubled = new Set([...buckets.keys()].filter((cell) => (buckets[cell] ?? 0) > 1));
  const sorted = value.filter(Number.isFinite).sort();
  return { days, perDay, value, doubled, above, low: percentile(sorted, 0.01), high: percentile(sorted, 0.99) };
}

/** When a cell begins, and the bucket of the columns it shows: undefined for an hour that does not exist. */
export function instantOf(
  { perDay }: Cells,
  columns: Columns,
  from: number,
  zone: string,
  cell: number,
): { readonly at: number; readonly bucket: number | undefined } {
  const day = Math.floor(cell / perDay);
  const start = dayStart(from, zone, day);
  const wanted = (cell % perDay) * (DAY / perDay);
  const guess = start + wanted;
  // Behind a jump of the clock the wall clock is not as far from midnight as time is.
  const at = guess + offset(start, zone) - offset(guess, zone);
  const bucket = bucketAt(columns, at);
  return { at, bucket };
}
