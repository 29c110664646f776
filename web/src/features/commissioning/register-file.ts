/** A file of the register on its way to the server: a workbook, or one sheet as CSV. */
import { answered, asTenant, client } from '../../api/client';
import type { paths } from '../../api/schema';

export type RegisterReport =
  paths['/api/energy/register']['post']['responses'][200]['content']['application/json'];

/** Sheets of the register in the order they are loaded. */
export const SHEETS = [
  'portfolios', 'sites', 'portfolio_sites', 'assets', 'groups', 'group_members', 'meters', 'assignments', 'feeds',
  'installs', 'virtual_meters', 'virtual_terms', 'heating_values', 'points', 'prices', 'events',
] as const;

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

export const isWorkbook = (name: string): boolean => /\.xlsx$/i.test(name);

/** The sheet that a CSV is called after, or nothing: `sites.csv`, `Meters (2).csv`. */
export function sheetOf(name: string): string {
  const stem = name.replace(/\.[^.]*$/, '').replace(/ \(\d+\)$/, '').trim().toLowerCase();
  return SHEETS.find((sheet) => sheet === stem) ?? '';
}

export async function sendRegister(tenant: string, file: File, sheet: string, isDryRun: boolean): Promise<RegisterReport> {
  const { headers } = asTenant(tenant);
  return answered(
    client.POST('/api/energy/register', {
      params: { query: { dry_run: isDryRun, name: file.name, ...(sheet === '' ? {} : { sheet }) } },
      headers: { ...headers, 'Content-Type': isWorkbook(file.name) ? XLSX : 'text/csv' },
      body: file as never,
      bodySerializer: (body: unknown) => body as Blob,
    }),
  );
}
