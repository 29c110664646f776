/** The rows of the sheet `feeds` that say what feeds a meter from an instant on. */
import type { Row } from './writes';

/**
 * Args:
 *   held: The sheet as it is.
 *   meter, by: Keys of the meter and of what feeds it.
 *   start: ISO; empty for since ever.
 */
export function feedRows(held: readonly Row[], meter: string, by: string, start: string): Row[] {
  const next: Row = { meter, fed_by: by, valid_from: start, valid_to: '' };
  const isSame = (row: Row): boolean => row['fed_by'] === by && (row['valid_from'] ?? '') === start;
  const open = held.filter((row) => row['meter'] === meter && (row['valid_to'] ?? '') === '' && !isSame(row));
  // Without a start the new one holds for ever: what is open before it is for the register file to change.
  const closed = start === '' ? [] : open.map((row) => ({ ...row, valid_to: start }));
  return [...closed, next];
}
