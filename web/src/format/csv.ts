/** Rows as CSV text (RFC 4180). A cell that a spreadsheet would run as a formula is made inert. */

export type Cell = string | number | null;

function field(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const inert = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

export const csv = (rows: readonly (readonly Cell[])[]): string =>
  rows.map((row) => row.map(field).join(',')).join('\r\n') + '\r\n';
