/** What happened, on a chart: a stretch is shaded, its flag carries the mark that its sentence has under the chart. */
import type { Ground } from './ground';
import type { ChartInput } from './types';

const FLAG = 15;
/** Flags stacked deeper, or on a thin pane, would hide what the chart shows; their stretches are shaded all the same. */
const [DEEPEST, THIN] = [3, 100];

/** Flags that would cover each other are stacked, so that each mark can be read. */
export function lanes(positions: readonly number[], width: number): number[] {
  const ends: number[] = [];
  return positions.map((at) => {
    const free = ends.findIndex((end) => end <= at);
    const lane = free === -1 ? ends.length : free;
    ends[lane] = at + width;
    return lane;
  });
}

export function drawAnnotations({ pen, unit, top, height, xOf }: Ground, { view, tokens }: ChartInput): void {
  const shown = (view.annotations ?? []).filter(({ from, to }) => to >= view.from && from < view.to);
  if (shown.length === 0) return;
  const places = shown.map(({ from }) => xOf(Math.max(from, view.from)));
  const lane = lanes(places, (FLAG + 2) * unit);
  pen.save();
  pen.font = tokens.font.replace('12px', `${11 * unit}px`);
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  shown.forEach(({ mark, to }, i) => {
    const left = places[i] ?? 0;
    pen.globalAlpha = 0.16;
    pen.fillStyle = tokens.muted;
    pen.fillRect(left, top, Math.max(xOf(Math.min(to, view.to)) - left, unit), height);
    pen.globalAlpha = 1;
    pen.fillRect(left, top, unit, height);
    if ((lane[i] ?? 0) >= DEEPEST || height < THIN * unit) return;
    const flag = top + (lane[i] ?? 0) * (FLAG + 2) * unit;
    pen.fillRect(left, flag, FLAG * unit, FLAG * unit);
    pen.fillStyle = tokens.card;
    pen.fillText(mark, left + (FLAG / 2) * unit, flag + (FLAG / 2 + 0.5) * unit);
  });
  pen.restore();
}
