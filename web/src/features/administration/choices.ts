/** The preferences of an organisation as a form: what was typed, what is wrong with it, what has changed. */
import type { Carrier, TenantPreferences } from '../../api/types';

export const CARRIERS: readonly Carrier[] = ['electricity', 'gas', 'water', 'heat', 'cooling', 'steam', 'other'];

const ENERGY = ['kWh', 'MWh', 'GWh', 'MJ', 'GJ', 'TJ'] as const;
/** Units that the server can show a carrier in. */
export const UNITS: Readonly<Record<string, readonly string[]>> = {
  electricity: ENERGY,
  gas: ENERGY,
  heat: ENERGY,
  cooling: ENERGY,
  water: ['m3', 'ML', 'L'],
};

export interface Draft {
  readonly day: string;
  readonly month: string;
  readonly currency: string;
  readonly carriers: readonly Carrier[];
  /** Carrier -> unit; empty is as measured. */
  readonly units: Readonly<Record<string, string>>;
  readonly isOffline: boolean;
}

/** What the form is about; nothing else is ever sent. */
export type Chosen = Pick<
  TenantPreferences,
  'financial_year_start' | 'currency' | 'carriers' | 'display_units' | 'is_offline_allowed'
>;

export const draftOf = (held: TenantPreferences): Draft => ({
  day: String(Number(held.financial_year_start.slice(3))),
  month: held.financial_year_start.slice(0, 2),
  currency: held.currency,
  carriers: held.carriers ?? [],
  units: { ...held.display_units },
  isOffline: held.is_offline_allowed,
});

/** [field, sentence key] */
export type Wrong = readonly [field: 'day' | 'currency' | 'carriers', key: 'pref.year.wrong' | 'pref.currency.wrong' | 'pref.carriers.missing'];

export function wrongOf({ day, month, currency, carriers }: Draft): Wrong[] {
  const wrong: Wrong[] = [];
  // A year without a 29 February: the day must be there every year.
  const last = new Date(Date.UTC(2023, Number(month), 0)).getUTCDate();
  if (!/^\d{1,2}$/.test(day.trim()) || Number(day) < 1 || Number(day) > last) wrong.push(['day', 'pref.year.wrong']);
  if (!/^[A-Za-z]{3}$/.test(currency.trim())) wrong.push(['currency', 'pref.currency.wrong']);
  if (carriers.length === 0) wrong.push(['carriers', 'pref.carriers.missing']);
  return wrong;
}

export const chosenOf = ({ day, month, currency, carriers, units, isOffline }: Draft): Chosen => ({
  financial_year_start: `${month}-${day.trim().padStart(2, '0')}`,
  currency: currency.trim().toUpperCase(),
  carriers: [...carriers],
  display_units: Object.fromEntries(Object.entries(units).filter(([, unit]) => unit !== '')),
  is_offline_allowed: isOffline,
});

const plain = (value: unknown): string =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : JSON.stringify(value);

/** Names of what differs. */
export function differing(a: Chosen, b: Chosen): (keyof Chosen)[] {
  return (Object.keys(a) as (keyof Chosen)[]).filter((name) => plain(a[name]) !== plain(b[name]));
}

/** Only what differs is sent: what somebody else chose meanwhile stays theirs. */
export const changesOf = (held: Chosen, wanted: Chosen): Partial<Chosen> =>
  Object.fromEntries(differing(wanted, held).map((name) => [name, wanted[name]]));

/** What this form changes and somebody else has changed too since it was opened. */
export const clashing = (opened: Chosen, now: Chosen, wanted: Chosen): (keyof Chosen)[] => {
  const [theirs, mine] = [differing(now, opened), differing(wanted, opened)];
  return mine.filter((name) => theirs.includes(name) && differing(wanted, now).includes(name));
};
