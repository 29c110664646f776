/** A value axis: where it begins and ends, and its marks on round figures. */

export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly marks: readonly number[];
}

/** The smallest of 1, 2, 5 times a power of ten that is not below a figure. */
function round(figure: number): number {
  const power = 10 ** Math.floor(Math.log10(figure));
  return ([1, 2, 5].find((part) => part * power >= figure * (1 - 1e-9)) ?? 10) * power;
}

/**
 * Zero is always on the axis: half the height must mean half the power. Feeding in lies below it.
 *
 * Args:
 *   least, most: What is drawn.
 *   marks: At most about this many.
 */
export function scaleOf(least: number, most: number, marks: number): Scale {
  const [bottom, top] = [Math.min(0, least), Math.max(0, most)];
  if (bottom === top) return { low: 0, high: 1, marks: [0, 1] };
  const step = round((top - bottom) / marks);
  const room = (top - bottom) * 0.06;
  const [low, high] = [bottom < 0 ? bottom - room : 0, top > 0 ? top + room : 0];
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return { low, high, marks: Array.from({ length: count }, (_, i) => (first + i) * step || 0) };
}
