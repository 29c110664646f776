/** Changes against an earlier time as text. */
import { share } from './number';
import { t } from './text';

/** A change smaller than this is none. */
const SAME = 0.005;

/** The size of a change: a whole per cent from 10 on, one place below. */
function size(change: number): string {
  const steps = Math.abs(change) >= 0.0995 ? 100 : 1000;
  // `share` rounds down, so that 100 % means all of it; a change is rounded to the nearest.
  return share(Math.round(Math.abs(change) * steps) / steps + 1e-9);
}

/** `4.2 % less`, `12 % more`, `about the same`. */
export const changeInWords = (change: number): string =>
  Math.abs(change) < SAME ? t('change.same') : t(change < 0 ? 'change.less' : 'change.more', { share: size(change) });

/** `−4.2 %`, `+12 %`: for tables. The sign is written, never left to a colour. */
export const signedChange = (change: number): string =>
  `${Math.abs(change) < 0.0005 ? '' : change < 0 ? '\u2212' : '+'}${size(change)}`;
