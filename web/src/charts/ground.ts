/** What every chart of time shows besides its figures, whoever draws those: gaps and what happened. */
import { hatch } from './hatch';
import { gaps } from './series';
import type { ChartInput } from './types';

/** The drawn rectangle, in the unit of the pen: device pixels, or CSS pixels where the pen is scaled. */
export interface Ground {
  readonly pen: CanvasRenderingContext2D;
  /** How much of that unit a CSS pixel is. */
  readonly unit: number;
  readonly top: number;
  readonly height: number;
  readonly xOf: (at: number) => number;
}

/** Hatches what is not known, up to now. */
export function drawGaps({ pen, top, height, xOf }: Ground, { data, view, tokens }: ChartInput): void {
  const found = gaps(data, view.from, Math.min(view.now, view.to));
  const lines = found.length === 0 ? null : hatch(pen, tokens.context);
  if (lines === null) return;
  pen.save();
  pen.fillStyle = lines;
  pen.globalAlpha = 0.55;
  for (const gap of found) pen.fillRect(xOf(gap.from), top, Math.max(1, xOf(gap.to) - xOf(gap.from)), height);
  pen.restore();
}
