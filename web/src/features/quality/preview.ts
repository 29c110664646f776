/** The picture of a repair: known readings as a line that breaks at the gap, estimates as another with dots. */
export interface Points {
  readonly start: readonly number[];
  readonly value: readonly number[];
}

export interface Preview {
  readonly known: string;
  readonly estimates: string;
  readonly from: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Paths in a box of the given size.
 *
 * Args:
 *   step: Length of a reading; a longer pause breaks the line. [ms]
 */
export function previewOf(known: Points, estimates: Points, step: number, width: number, height: number): Preview | undefined {
  const starts = [...known.start, ...estimates.start];
  const values = [...known.value, ...estimates.value];
  if (starts.length === 0) return undefined;
  const [from, to] = [Math.min(...starts), Math.max(...starts) + step];
  const [low, high] = [Math.min(0, ...values), Math.max(...values, Math.min(0, ...values) + 1e-9)];
  const x = (at: number): string => (((at - from) / (to - from)) * width).toFixed(1);
  const y = (value: number): string => (height - ((value - low) / (high - low)) * height).toFixed(1);
  const path = ({ start, value }: Points): string =>
    start
      .map((at, i) => {
        const isFirst = i === 0 || at - (start[i - 1] ?? at) > step * 1.5;
        const level = y(value[i] ?? 0);
        // A reading holds over its whole interval, so it is drawn as a step.
        return `${isFirst ? 'M' : 'L'}${x(at)} ${level} L${x(at + step)} ${level}`;
      })
      .join(' ');
  return { known: path(known), estimates: path(estimates), from, to, low, high };
}
