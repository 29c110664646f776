/** Which bucket an instant lies in, and where that bucket begins and ends. */
import type { Columns } from './types';

/** The last bucket that starts at or before an instant; undefined before the first. */
export function bucketAt({ start }: Columns, at: number): number | undefined {
  let [low, high] = [0, start.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((start[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low > 0 ? low - 1 : undefined;
}

/** A bucket ends where the next one starts: local days and months differ in length. [ms] */
export function edgesOf(
  { start, step }: Columns,
  index: number | undefined,
): { readonly from: number; readonly to: number } | undefined {
  const from = index === undefined ? undefined : start[index];
  if (from === undefined || index === undefined) return undefined;
  return { from, to: Math.min(start[index + 1] ?? from + step, from + step * 1.25) };
}

/** The bucket that holds an instant; undefined between buckets and behind the last. */
export function bucketAround(columns: Columns, at: number): number | undefined {
  const index = bucketAt(columns, at);
  const edges = edgesOf(columns, index);
  return edges !== undefined && at < edges.to ? index : undefined;
}

/** A stretch widened to whole buckets, inside the period; undefined where nothing is left of it. [ms] */
export function widened(
  columns: Columns,
  period: { readonly from: number; readonly to: number },
  from: number,
  to: number,
): readonly [from: number, to: number] | undefined {
  const first = edgesOf(columns, bucketAround(columns, from));
  const last = edgesOf(columns, bucketAround(columns, to));
  const [start, end] = [Math.max(first?.from ?? from, period.from), Math.min(last?.to ?? to, period.to)];
  return end > start ? [start, end] : undefined;
}
