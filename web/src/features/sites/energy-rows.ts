/** The table of the portfolio's energy: its columns, its order, the quarter of each site, and the same as CSV. */
import { signedChange } from '../../format/change';
import { csv } from '../../format/csv';
import { exactMoney } from '../../format/money';
import { count, quantity, share, UNKNOWN } from '../../format/number';
import { named, t } from '../../format/text';
import type { PortfolioSite } from '../../live/portfolio';

export const COLUMNS = ['sum', 'per_m2', 'quarter', 'change', 'before', 'coverage', 'estimated', 'cost', 'area', 'use'] as const;
export type Column = (typeof COLUMNS)[number];
export const USUAL: readonly Column[] = ['sum', 'per_m2', 'quarter', 'change', 'coverage'];

export type SortKey = 'name' | Column;
export interface Order {
  readonly key: SortKey;
  readonly isDown: boolean;
}

/** A site with the quarter of the own sites that it is in by energy per m2: 1 uses least. */
export interface EnergyRow {
  readonly site: PortfolioSite;
  readonly quarter: 1 | 2 | 3 | 4 | null;
}

/** Fewer sites than this make no quarters. */
const FEWEST = 4;

/** Ranks sites of one unit by energy per floor area; sites without one have no quarter. */
export function quartered(sites: readonly PortfolioSite[]): readonly EnergyRow[] {
  const quarter = new Map<string, 1 | 2 | 3 | 4>();
  for (const unit of new Set(sites.map((site) => site.unit))) {
    const ranked = sites
      .filter((site) => site.unit === unit && site.per_m2 !== null)
      .sort((a, b) => (a.per_m2 ?? 0) - (b.per_m2 ?? 0));
    if (ranked.length < FEWEST) continue;
    ranked.forEach(({ id }, i) => quarter.set(id, (Math.floor((i * 4) / ranked.length) + 1) as 1 | 2 | 3 | 4));
  }
  return sites.map((site) => ({ site, quarter: quarter.get(site.id) ?? null }));
}

/** What a column is sorted by; null goes last whichever way. */
function keyOf({ site, quarter }: EnergyRow, key: SortKey): number | string | null {
  switch (key) {
    case 'name':
      return site.name;
    case 'sum':
      return site.sum;
    case 'per_m2':
      return site.per_m2;
    case 'quarter':
      return quarter;
    case 'change':
      return site.compared.change_share;
    case 'before':
      return site.compared.change_share === null ? null : site.compared.that;
    case 'coverage':
      return site.coverage;
    case 'estimated':
      return site.estimated_share;
    case 'cost':
      return site.cost === null ? null : Number(site.cost.amount);
    case 'area':
      return site.floor_area_m2;
    case 'use':
      return site.use_type === '' ? null : site.use_type;
  }
}

const names = new Intl.Collator('en-AU', { numeric: true });

export function sorted(rows: readonly EnergyRow[], { key, isDown }: Order): readonly EnergyRow[] {
  const keyed = rows.map((row) => [keyOf(row, key), row] as const);
  keyed.sort(([a, x], [b, y]) => {
    if (a === null || b === null) return a === b ? names.compare(x.site.name, y.site.name) : a === null ? 1 : -1;
    const by = typeof a === 'string' || typeof b === 'string' ? names.compare(String(a), String(b)) : a - b;
    return (isDown ? -by : by) || names.compare(x.site.name, y.site.name);
  });
  return keyed.map(([, row]) => row);
}

/** The order in an address: `-per_m2`. */
export function orderOf(query: URLSearchParams): Order {
  const asked = query.get('sort') ?? '-per_m2';
  const isDown = asked.startsWith('-');
  const key = isDown ? asked.slice(1) : asked;
  const known = key === 'name' ? 'name' : COLUMNS.find((column) => column === key);
  return known === undefined ? { key: 'per_m2', isDown: true } : { key: known, isDown };
}

/** The next order when the head of a column is pressed: names rise first, figures fall. */
export function pressed({ key, isDown }: Order, next: SortKey): string {
  if (key === next) return isDown ? next : `-${next}`;
  return next === 'name' || next === 'use' ? next : `-${next}`;
}

export function columnsOf(query: URLSearchParams): readonly Column[] {
  const asked = query.get('cols');
  if (asked === null) return USUAL;
  const wanted = new Set(asked.split(','));
  return COLUMNS.filter((column) => wanted.has(column));
}

/** What stands at the head of a column. */
export const headOf = (column: Column): string => t(`energies.column.${column}`);

/** A cell as text; `currency` is the organisation's own. */
export function cellOf({ site, quarter }: EnergyRow, column: Column, currency: string): string {
  switch (column) {
    case 'sum':
      return quantity(site.sum, site.unit);
    case 'per_m2':
      return site.per_m2 === null ? UNKNOWN : quantity(site.per_m2, `${site.unit}/m2`);
    case 'quarter':
      return quarter === null ? UNKNOWN : t(`energies.quarter.${quarter}`);
    case 'change':
      return site.compared.change_share === null ? UNKNOWN : signedChange(site.compared.change_share);
    case 'before':
      return site.compared.change_share === null ? UNKNOWN : quantity(site.compared.that, site.unit);
    case 'coverage':
      return share(site.coverage);
    case 'estimated':
      return share(site.estimated_share);
    case 'cost':
      return site.cost === null ? UNKNOWN : exactMoney(site.cost.amount, site.cost.currency, currency);
    case 'area':
      return site.floor_area_m2 === null ? UNKNOWN : `${count(site.floor_area_m2)}\u00a0m²`;
    case 'use':
      return site.use_type === '' ? UNKNOWN : named('use', site.use_type);
  }
}

/** Why there is no change, in words; undefined where there is one. */
export const whyNot = ({ site }: EnergyRow): string | undefined =>
  site.compared.change_share === null && site.compared.reason !== null
    ? t('energies.why', { why: named('why', site.compared.reason) })
    : undefined;

/** All columns, exact, in the order shown. */
export const rowsCsv = (rows: readonly EnergyRow[]): string =>
  csv([
    ['site', 'site_id', 'use_type', 'floor_area_m2', 'unit', 'sum', 'per_m2', 'quarter_of_own_sites', 'change_share',
      'compared_this', 'compared_that', 'no_change_because', 'coverage', 'estimated_share', 'cost', 'currency'],
    ...rows.map(({ site, quarter }) => [
      site.name, site.id, site.use_type, site.floor_area_m2, site.unit, site.sum, site.per_m2, quarter,
      site.compared.change_share, site.compared.this, site.compared.that, site.compared.reason ?? '',
      site.coverage, site.estimated_share, site.cost?.amount ?? '', site.cost?.currency ?? '',
    ]),
  ]);
