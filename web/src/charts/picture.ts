/** A chart as a picture that explains itself where it is pasted. */
import type { Drawn } from './types';

/**
 * The drawn canvas on the card's colour, with the title above.
 *
 * Args:
 *   scope: Period, zone and coverage, see `scopeSentence`.
 */
export function picture(drawn: HTMLCanvasElement, { tokens, text }: Drawn, scope: string): Promise<Blob> {
  const ratio = window.devicePixelRatio || 1;
  const head = 46 * ratio;
  const sheet = document.createElement('canvas');
  sheet.width = drawn.width;
  sheet.height = drawn.height + head;
  const pen = sheet.getContext('2d');
  if (pen === null) return Promise.reject(new Error('no canvas'));
  pen.fillStyle = tokens.card;
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.fillStyle = tokens.muted;
  pen.font = tokens.font.replace('12px', `${13 * ratio}px`);
  pen.fillText(text.title, 12 * ratio, 19 * ratio);
  pen.font = tokens.font.replace('12px', `${12 * ratio}px`);
  pen.fillText(scope, 12 * ratio, 37 * ratio);
  pen.drawImage(drawn, 0, head);
  return new Promise((resolve, reject) => {
    sheet.toBlob((blob) => (blob === null ? reject(new Error('no picture')) : resolve(blob)), 'image/png');
  });
}
