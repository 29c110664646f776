/** [red, green, blue] on the heat scale; `share` runs from 0 to 1. */
export function heat(scale: readonly string[], share: number): [number, number, number] {
  const at = Math.min(Math.max(share, 0), 1) * (scale.length - 1);
  const [low, high] = [scale[Math.floor(at)] ?? '#000000', scale[Math.ceil(at)] ?? '#000000'];
  const channel = (from: number): number => {
    const [a, b] = [parseInt(low.slice(from, from + 2), 16), parseInt(high.slice(from, from + 2), 16)];
    return Math.round(a + (b - a) * (at % 1));
  };
  return [channel(1), channel(3), channel(5)];
}
