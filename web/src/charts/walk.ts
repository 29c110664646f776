/** The way of the arrow keys along a chart. */

/** What a key moves by, in points; undefined for keys that mean nothing here. */
export const strideOf = (key: string, count: number): number | undefined =>
  ({ ArrowLeft: -1, ArrowRight: 1, PageUp: -12, PageDown: 12, Home: -count, End: count })[key];

/**
 * The next point with a value; from nowhere, the first or the last one. Points without a value are stepped over.
 *
 * Returns:
 *   Undefined where nothing has a value.
 */
export function walked(
  values: ArrayLike<number | null | undefined>,
  from: number | undefined,
  by: number,
): number | undefined {
  const last = values.length - 1;
  const wanted = Math.min(Math.max((from ?? (by > 0 ? -1 : last + 1)) + by, 0), last);
  const isKnown = (index: number): boolean => typeof values[index] === 'number';
  const way = Math.sign(by);
  for (let to = wanted; to >= 0 && to <= last; to += way) if (isKnown(to)) return to;
  // Nothing further on: the end is the last point that has a value.
  for (let to = wanted; to >= 0 && to <= last; to -= way) if (isKnown(to)) return to;
  return undefined;
}
