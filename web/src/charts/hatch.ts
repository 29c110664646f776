/** Diagonal lines over what is not known. */

/** A pattern as sharp as the screen, however the pen is scaled; null where the browser has no canvas to make it on. */
export function hatch(ctx: CanvasRenderingContext2D, colour: string): CanvasPattern | null {
  const ratio = window.devicePixelRatio || 1;
  const size = Math.round(8 * ratio);
  const tile = document.createElement('canvas');
  tile.width = tile.height = size;
  const pen = tile.getContext('2d');
  if (pen === null) return null;
  pen.strokeStyle = colour;
  pen.lineWidth = ratio;
  pen.beginPath();
  // Three strokes, so that the corners of neighbouring tiles meet.
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
  }
  pen.stroke();
  const pattern = ctx.createPattern(tile, 'repeat');
  pattern?.setTransform(ctx.getTransform().inverse());
  return pattern;
}
