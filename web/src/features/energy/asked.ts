/** What the Energy tab is asked to show, as it stands in the address; what makes no sense falls back. */
import type { Resolution } from '../../api/types';
import { PERIOD_KINDS, chosenOf, type Span } from '../../format/period';
import { DAY } from '../../format/time';
import type { Asking } from '../../live/consumption';

/** What a period may be held against; `asset:<id>` is another site or asset. */
export const COMPARISONS = ['year', 'previous', 'normal', 'none'] as const;
export type Comparison = (typeof COMPARISONS)[number] | { readonly asset: string };

const ROUTE = {
  year: 'same_period_last_year',
  previous: 'previous_period',
  normal: 'normal',
} as const satisfies Record<string, Asking['comparison']>;

const ID = /^asset:([0-9a-f-]{36})$/i;

export function comparisonOf(query: URLSearchParams): Comparison {
  const asked = query.get('compare') ?? 'year';
  const id = ID.exec(asked)?.[1];
  return id === undefined ? (COMPARISONS.find((known) => known === asked) ?? 'year') : { asset: id };
}

/** As it stands in the address. */
export const spelled = (comparison: Comparison): string =>
  typeof comparison === 'string' ? comparison : `asset:${comparison.asset}`;

/** The same for the consumption route. */
export function against(comparison: Comparison): Pick<Asking, 'comparison' | 'other_asset'> {
  if (typeof comparison === 'object') return { comparison: 'other_asset', other_asset: comparison.asset };
  return comparison === 'none' ? {} : { comparison: ROUTE[comparison] };
}

/** Units each stored unit may be shown in; the first is how it is stored. */
const FAMILIES: readonly (readonly string[])[] = [
  ['kWh', 'MWh', 'MJ', 'GJ'],
  ['MJ', 'GJ', 'kWh', 'MWh'],
  ['m3', 'kL', 'ML'],
];

/** The units that a figure in `unit` can be shown in instead. A rate per floor area is of the same family. */
export function unitsOf(unit: string): readonly string[] {
  const plain = unit.replace(/\/m2$/, '');
  return FAMILIES.find((family) => family.includes(plain)) ?? [];
}

export interface Choice {
  readonly comparison: Comparison;
  readonly perM2: boolean;
  /** Undefined: as the organisation prefers, else as stored. */
  readonly unit: string | undefined;
}

export function choiceOf(query: URLSearchParams): Choice {
  const unit = query.get('unit') ?? '';
  return {
    comparison: comparisonOf(query),
    perM2: query.get('per_m2') === '1',
    unit: FAMILIES.some((family) => family.includes(unit)) ? unit : undefined,
  };
}

/** Whether everything the address asks for exists; else the page says that it shows its usual choice. */
export function isUnderstood(query: URLSearchParams): boolean {
  const [period, compare, unit] = [query.get('period'), query.get('compare'), query.get('unit')];
  const isPeriod = period === null || PERIOD_KINDS.some((kind) => kind === period);
  const isCustom = period !== 'custom' || chosenOf(query, 'month').kind === 'custom';
  const isComparison = compare === null || spelled(comparisonOf(query)) === compare;
  return isPeriod && isCustom && isComparison && (unit === null || choiceOf(query).unit !== undefined);
}

/** The address with something else chosen; an empty value takes it out. */
export function withChoice(query: URLSearchParams, changes: Readonly<Record<string, string>>): string {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') next.delete(name);
    else next.set(name, value);
  }
  return `?${next.toString()}`;
}

/** How a period is drawn: its line, or its bars by hour, day or month. */
export type Drawing = 'hours' | 'days' | 'months';

export function drawingOf({ from, to }: Span): Drawing {
  const days = (to - from) / DAY;
  return days <= 2.1 ? 'hours' : days <= 100 ? 'days' : 'months';
}

/** Buckets of each drawing; a line of hours takes every reading, bars are at least half an hour. */
export function bucketsOf(drawing: Drawing, isRate: boolean): { readonly points: number; readonly resolution?: Resolution } {
  if (drawing === 'days') return { points: 400, resolution: '1d' };
  if (drawing === 'months') return { points: 400, resolution: '1mo' };
  return { points: isRate ? 700 : 50 };
}

/** Cells of the carpet: as fine as 4,000 carry, but hours for a long period. */
export function cellsOf({ from, to }: Span): { readonly points: number; readonly resolution?: Resolution } {
  return (to - from) / DAY > 160 ? { points: 4_000, resolution: '1h' } : { points: 4_000 };
}
