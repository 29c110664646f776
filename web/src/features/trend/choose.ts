/** Which series a trend shows: read from the address, written to the address, and laid out in panes. */
import type { TrendChoice } from '../../live/trends';

/** More lines over each other nobody can follow. */
export const MOST_OVERLAID = 6;
/** More small charts are no picture; the server answers no more. */
export const MOST_SHOWN = 24;
/** Two scales can be read side by side, three cannot. */
const MOST_PANES = 2;

/** A series that was chosen, and its colour: it keeps that when others come and go. */
export interface Shown {
  readonly key: string;
  readonly colour: number;
}

const ITEM = /^((?:point|meter):[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.(\d{1,2}))?$/;

const freeColour = (shown: readonly Shown[]): number => {
  const taken = new Set(shown.map(({ colour }) => colour % MOST_OVERLAID));
  const free = [0, 1, 2, 3, 4, 5].find((colour) => !taken.has(colour));
  return free ?? shown.length % MOST_OVERLAID;
};

/** What an address asks for; undefined where it says nothing, so that the page may choose. */
export function shownOf(query: URLSearchParams): readonly Shown[] | undefined {
  const text = query.get('show');
  if (text === null) return undefined;
  const shown: Shown[] = [];
  for (const item of text.split(',')) {
    const [, key, colour] = ITEM.exec(item) ?? [];
    if (key === undefined || shown.some((one) => one.key === key) || shown.length >= MOST_SHOWN) continue;
    shown.push({ key, colour: colour === undefined ? freeColour(shown) : Number(colour) % MOST_OVERLAID });
  }
  return shown;
}

/** The address of the same page with other series. */
export function withShown(query: URLSearchParams, shown: readonly Shown[]): string {
  const next = new URLSearchParams(query);
  next.set('show', shown.map(({ key, colour }) => `${key}.${colour}`).join(','));
  // Colons and commas are plain in a query; an address that people pass on should stay readable.
  return `?${next.toString().replaceAll('%3A', ':').replaceAll('%2C', ',')}`;
}

/** The same list with one series more, or without it. */
export function toggled(shown: readonly Shown[], key: string): readonly Shown[] {
  const without = shown.filter((one) => one.key !== key);
  if (without.length < shown.length) return without;
  return shown.length >= MOST_SHOWN ? shown : [...shown, { key, colour: freeColour(shown) }];
}

/** What a page shows first: of two units, the object's own before those below it, four lines at most. */
export function firstShown(choices: readonly TrendChoice[], assetId: string): readonly Shown[] {
  const heard = choices.filter(({ newest }) => newest !== null);
  const own = heard.filter(({ asset_id }) => asset_id === assetId);
  const ranked = [...own, ...heard.filter(({ asset_id }) => asset_id !== assetId)];
  const units: string[] = [];
  let shown: readonly Shown[] = [];
  for (const { key, unit } of ranked) {
    if (!units.includes(unit)) {
      if (units.length >= MOST_PANES) continue;
      units.push(unit);
    }
    // A second pane must find its line even where the first unit has many.
    const isRoom = shown.length < 3 || (shown.length < 4 && units.length === MOST_PANES);
    if (isRoom) shown = toggled(shown, key);
  }
  return shown;
}

/** Series by unit, in the order in which the units were first chosen. */
export function panesOf<One extends { readonly unit: string }>(
  series: readonly One[],
): { readonly unit: string; readonly series: readonly One[] }[] {
  const units = [...new Set(series.map(({ unit }) => unit))];
  return units.map((unit) => ({ unit, series: series.filter((one) => one.unit === unit) }));
}

/** A name for each series that no other has: by where it stands or what flows, where names are the same. */
export function namesOf(
  series: readonly Pick<TrendChoice, 'key' | 'name' | 'asset_id' | 'asset_name' | 'carrier'>[],
  carrierName: (carrier: string) => string,
): ReadonlyMap<string, string> {
  return new Map(
    series.map((one) => {
      const alike = series.filter(({ name }) => name === one.name);
      const parts = [one.name];
      if (alike.some(({ carrier }) => carrier !== one.carrier) && one.carrier !== null) parts.push(carrierName(one.carrier));
      if (alike.some(({ asset_id }) => asset_id !== one.asset_id)) parts.push(one.asset_name);
      return [one.key, parts.join(', ')];
    }),
  );
}

/** Why the series cannot stand over each other; undefined where they can. */
export function whyApart(series: readonly { readonly unit: string }[]): 'many' | 'units' | undefined {
  if (series.length > MOST_OVERLAID) return 'many';
  return panesOf(series).length > MOST_PANES ? 'units' : undefined;
}
