/** Where bars stand: each in the room of its bucket, from zero to its amount. */
import { edgesOf } from './buckets';
import { xOf, yOf, type Plane } from './plane';
import type { Columns } from './types';

/** Parts of the room of a bucket: what is compared is wider, so that it shows on both sides. */
export const [WIDE, NARROW] = [0.84, 0.56];

export interface Bar {
  readonly left: number;
  readonly width: number;
  readonly top: number;
  readonly height: number;
}

/**
 * The bar of a bucket; undefined where it has no amount.
 *
 * Args:
 *   part: Of the room of the bucket, centred.
 */
export function barOf(
  plane: Plane,
  columns: Columns,
  index: number,
  value: number | null | undefined,
  part: number,
): Bar | undefined {
  const edges = edgesOf(columns, index);
  if (edges === undefined || typeof value !== 'number') return undefined;
  const [from, to] = [xOf(plane, edges.from), xOf(plane, edges.to)];
  const [zero, end] = [yOf(plane, 0), yOf(plane, value)];
  const width = Math.max((to - from) * part, 1);
  // The least amount still shows; nothing at all does not.
  const height = value === 0 ? 0 : Math.max(Math.abs(zero - end), 1);
  return { left: (from + to - width) / 2, width, top: value < 0 ? zero : zero - height, height };
}

/** The lowest and the highest of what is drawn; zero where nothing is. */
export function extent(...columns: readonly (readonly (number | null)[])[]): readonly [least: number, most: number] {
  let [least, most] = [0, 0];
  for (const column of columns) {
    for (const value of column) {
      if (value === null) continue;
      if (value < least) least = value;
      if (value > most) most = value;
    }
  }
  return [least, most];
}
