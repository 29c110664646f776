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
