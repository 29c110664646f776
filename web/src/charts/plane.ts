/** Where an own drawing puts instants and amounts: a rectangle between two times and two values, in CSS pixels. */

export interface Plane {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** [ms] */
  readonly from: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
}

export const xOf = ({ left, width, from, to }: Plane, at: number): number => left + ((at - from) / (to - from)) * width;

export const yOf = ({ top, height, low, high }: Plane, value: number): number =>
  top + height - ((value - low) / (high - low)) * height;

/** The instant at a place; undefined outside the plane. [ms] */
export function atOf({ left, width, from, to }: Plane, x: number): number | undefined {
  const share = (x - left) / width;
  // The last pixel belongs to the last instant before the end.
  return share >= 0 && share <= 1 ? Math.min(from + share * (to - from), to - 1) : undefined;
}
