/** What happened, on a chart: a stretch is shaded, its flag carries the mark that its sentence has under the chart. */
import uPlot from 'uplot';

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

export function drawAnnotations(self: uPlot, { view, tokens }: ChartInput): void {
  const shown = (view.annotations ?? []).filter(({ from, to }) => to >= view.from && from < view.to);
  if (shown.length === 0) return;
  const { ctx, bbox } = self;
  const ratio = uPlot.pxRatio;
  const places = shown.map(({ from }) => self.valToPos(Math.max(from, view.from), 'x', true));
  const lane = lanes(places, (FLAG + 2) * ratio);
  ctx.save();
  ctx.font = tokens.font.replace('12px', `${11 * ratio}px`);
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  shown.forEach(({ mark, to }, i) => {
    const left = places[i] ?? 0;
    const right = self.valToPos(Math.min(to, view.to), 'x', true);
    ctx.globalAlpha = 0.16;
    ctx.fillStyle = tokens.muted;
    ctx.fillRect(left, bbox.top, Math.max(right - left, ratio), bbox.height);
    ctx.globalAlpha = 1;
    const top = bbox.top + (lane[i] ?? 0) * (FLAG + 2) * ratio;
    ctx.fillStyle = tokens.muted;
    ctx.fillRect(left, bbox.top, ratio, bbox.height);
    if ((lane[i] ?? 0) >= DEEPEST || bbox.height < THIN * ratio) return;
    ctx.fillRect(left, top, FLAG * ratio, FLAG * ratio);
    ctx.fillStyle = tokens.card;
    ctx.fillText(mark, left + (FLAG / 2) * ratio, top + (FLAG / 2) * ratio + ratio / 2);
  });
  ctx.restore();
}
