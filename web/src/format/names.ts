/** Names as part of a sentence. */
import { LOCALE } from './number';
import { tn } from './text';

const list = new Intl.ListFormat(LOCALE, { type: 'conjunction' });
/** More of them are a table, not a sentence. */
const MOST = 3;

/** `A, B and C`, or `A, B, C and 2 more`. */
export function fewNames(names: readonly string[]): string {
  const shown = names.slice(0, MOST);
  const rest = names.length - shown.length;
  return list.format(rest > 0 ? [...shown, tn('names.more', rest)] : shown);
}
