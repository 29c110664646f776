/** The axis of amounts: round marks from zero, in a unit of a size that people read. */

export interface AmountScale {
  readonly ticks: readonly number[];
  /** The end of the axis, at least the largest amount. */
  readonly top: number;
  /** What marks are divided by to be shown in the larger unit. */
  readonly factor: number;
  /** The unit they are then in. */
  readonly unit: string;
}

const LARGER: Readonly<Record<string, readonly string[]>> = { kWh: ['MWh', 'GWh'], MJ: ['GJ', 'TJ'] };
/** About how many marks. */
const MARKS = 4;

/** A scale for amounts; the largest decides. */
export function amountScale(amounts: readonly number[], unit: string): AmountScale {
  const largest = Math.max(...amounts, 0) || 1;
  const raw = largest / MARKS;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 2.5, 5, 10].find((part) => part * power >= raw) ?? 10) * power;
  const count = Math.ceil(largest / step - 1e-9);
  const ticks = Array.from({ length: count + 1 }, (_, i) => i * step);
  const larger = LARGER[unit];
  const size = larger === undefined ? 0 : largest >= 2e6 ? 2 : largest >= 2e3 ? 1 : 0;
  return {
    ticks,
    top: count * step,
    factor: 1000 ** size,
    unit: size === 0 ? unit : (larger?.[size - 1] ?? unit),
  };
}
