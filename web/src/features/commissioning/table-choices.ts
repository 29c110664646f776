/** What a person may say about a table, and how it goes to the server together with what was said before. */
import { unitName } from '../../format/number';
import { named, t } from '../../format/text';
import type { Column, FileChoices, Table } from './upload';

export const CHOSEN_ROLES = ['time', 'end', 'clock', 'meter', 'register', 'unit', 'value', 'quality', 'skip'] as const;
export const UNITS: readonly string[] = ['kWh', 'Wh', 'MWh', 'kW', 'W', 'kvarh', 'kVAh', 'kvar', 'kVA', 'MJ', 'GJ', 'therm', 'm3', 'L', 'Cel'];
/** [s] */
export const INTERVALS: readonly number[] = [60, 300, 600, 900, 1800, 3600, 86_400];

export interface Change {
  readonly zone?: string;
  readonly unit?: string;
  readonly interval_s?: number;
  readonly kind?: string;
  readonly layout?: string;
  /** A column and what it is. */
  readonly column?: string;
  readonly role?: string;
}

type Said = Omit<FileChoices, 'file' | 'lenient'>;

/** The unit of all value columns; empty where they differ or none is known. */
export function unitsOf({ columns }: Table): string {
  const units = new Set(columns.flatMap(({ value }) => (value === null ? [] : [value.unit])));
  const [only = ''] = units;
  return units.size === 1 ? only : '';
}

/** All that is said about a file once one thing more is said: what is left out would be proposed anew. */
export function choicesOf(before: Readonly<Record<string, unknown>>, table: Table, change: Change): Said {
  const { column, role, ...rest } = change;
  const said = { ...before, ...rest } as Said;
  if (column === undefined || role === undefined) return said;
  // One column is named on the ground of the others as they are shown, so all of them are said.
  const shown = table.columns.map((one) => [one.name, one.name === column ? role : one.role] as const);
  const columns = Object.fromEntries(shown.filter(([, is]) => is !== 'period'));
  return { ...said, columns: columns as NonNullable<Said['columns']> };
}

/** What a value column is taken for: `kWh, used`. */
export function meaning({ unit, direction, quantity, meter }: NonNullable<Column['value']>): string {
  const parts = [unit === '' ? t('tables.unit.none') : unitName(unit)];
  if (['energy', 'reactive_energy', 'apparent_energy', 'fuel_energy'].includes(quantity)) {
    parts.push(named('upload.direction', direction));
  }
  if (meter !== '') parts.push(meter);
  return parts.join(', ');
}
