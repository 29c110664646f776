/** What the portfolio says about each site: the stored row, overlaid by what the socket brought since. */
import type { SiteRow } from '../../api/types';
import { NEAR } from '../../charts/normal';
import { changeInWords } from '../../format/change';
import { freshness } from '../../format/freshness';
import { fewNames } from '../../format/names';
import { quantity } from '../../format/number';
import { t, tn } from '../../format/text';
import { DAY, MINUTE, date, dayStart } from '../../format/time';
import type { SiteNormal } from '../../live/portfolio';

/** The newest value of the socket, and the wait that its forerunner lets expect. [ms] */
export interface LiveRow {
  readonly at: number;
  readonly value: number | null;
  readonly interval: number;
}

export interface Row {
  readonly site: SiteRow;
  readonly at: number | null;
  readonly power: number | null;
  readonly freshness: string;
  readonly isToday: boolean;
  /** Undefined while it is on its way. */
  readonly normal: SiteNormal | undefined;
}

/** Before two values have shown the rhythm. [ms] */
const USUAL_INTERVAL = 300_000;
/** Less above the usual than this share of the day is no excess worth a sentence. */
const WORTH = 0.03;

/** The next state of a site's live value; an older one than we have changes nothing. */
export function advanced(before: LiveRow | undefined, at: number, value: number | null): LiveRow {
  if (before === undefined) return { at, value, interval: USUAL_INTERVAL };
  if (at < before.at) return before;
  return { at, value, interval: at === before.at ? before.interval : at - before.at };
}

/** Start of the running day of each zone, worked out once a minute: a thousand rows ask for it at every value. */
const days = new Map<string, { readonly minute: number; readonly start: number }>();

function startOfToday(now: number, zone: string): number {
  const minute = Math.floor(now / MINUTE);
  const known = days.get(zone);
  if (known?.minute === minute) return known.start;
  const start = dayStart(now, zone);
  days.set(zone, { minute, start });
  return start;
}

export function rowOf(site: SiteRow, live: LiveRow | undefined, now: number, normal?: SiteNormal): Row {
  const stored = site.latest === null ? null : Date.parse(site.latest.at);
  const isToday = (at: number): boolean => at >= startOfToday(now, site.zone);
  if (live !== undefined && (stored === null || live.at >= stored)) {
    // The server knows the rhythm of what it has judged; what came since came as late as it lets expect.
    const isRhythmKnown = live.interval !== USUAL_INTERVAL;
    const interval = isRhythmKnown ? live.interval : Math.max(USUAL_INTERVAL, live.at - (stored ?? live.at));
    const judged = live.at === stored ? site.latest?.freshness : undefined;
    const fresh = judged ?? freshness(live.at, now, interval);
    return { site, at: live.at, power: live.value, freshness: fresh, isToday: isToday(live.at), normal };
  }
  if (site.latest === null || stored === null) {
    return { site, at: null, power: null, freshness: 'unknown', isToday: false, normal };
  }
  const { power_kw, freshness: judged } = site.latest;
  return { site, at: stored, power: power_kw, freshness: judged, isToday: isToday(stored), normal };
}

/** What lay above the usual on the newest day; null where nobody can say. [kWh] */
export const excessOf = (normal: SiteNormal | undefined): number | null => normal?.excess_kwh ?? null;

const names = new Intl.Collator('en-AU', { numeric: true });

/** Most above normal first; those of which nobody can say last, by name. */
export const byExcess = (sites: readonly SiteRow[], normals: ReadonlyMap<string, SiteNormal>): readonly SiteRow[] =>
  [...sites].sort((a, b) => {
    const [x, y] = [excessOf(normals.get(a.id)), excessOf(normals.get(b.id))];
    if (x !== null && y !== null && x !== y) return y - x;
    if ((x === null) !== (y === null)) return x === null ? 1 : -1;
    return names.compare(a.name, b.name);
  });

/** Where a power stands against the usual of its time of day. */
export type Standing = 'above' | 'within' | 'below' | 'unknown';

export function standingOf({ power, normal }: Row): Standing {
  if (power === null || normal?.low_kw == null || normal.high_kw == null) return 'unknown';
  const usual = normal.usual_kw ?? normal.low_kw;
  if (Math.abs(power - usual) <= NEAR * Math.abs(usual)) return 'within';
  if (power > normal.high_kw) return 'above';
  return power < normal.low_kw ? 'below' : 'within';
}

/** The same in words: `31 % more than normal`, `normal`, or why nobody can say. */
export function standingInWords(row: Row): string {
  const { power, normal } = row;
  const standing = standingOf(row);
  if (standing === 'within') return t('portfolio.normal.within');
  const usual = normal?.usual_kw ?? null;
  if (standing === 'unknown' || power === null || usual === null) {
    return normal?.reason === 'not_enough_history' ? t('portfolio.normal.no_history') : t('portfolio.normal.unknown');
  }
  // A share of next to nothing says nothing.
  if (usual < 0.05 * power || usual <= 0) return t(standing === 'above' ? 'portfolio.normal.above' : 'portfolio.normal.below');
  return t('portfolio.normal.than', { change: changeInWords(power / usual - 1) });
}

/** Data this much older than the newest of all is old in its own right. [ms] */
const BEHIND = 2 * DAY;

/** How a site's data is, in a word; where nothing is live, against the newest of all. */
export function stateOf({ at, freshness: judged }: Row, isToday: boolean, newest: number): string {
  if (at === null || isToday) return judged;
  return newest - at > BEHIND ? 'behind' : 'latest';
}

const sum = (values: readonly (number | null)[]): number => values.reduce<number>((all, value) => all + (value ?? 0), 0);

/** Whether what lay above the usual is worth a word. */
export const isWorth = (normal: SiteNormal | undefined): boolean =>
  (excessOf(normal) ?? 0) > Math.max(WORTH * (normal?.expected_kwh ?? 0), 0);

/** Sites that have used more than normal by an amount that is worth a word. */
export const aboveNormal = (rows: readonly Row[]): readonly Row[] =>
  rows
    .filter(({ normal }) => isWorth(normal))
    .sort((a, b) => (excessOf(b.normal) ?? 0) - (excessOf(a.normal) ?? 0));

/** `Town Hall (42 kWh)`, at most three. */
const namesOf = (rows: readonly Row[], withExcess: boolean): string =>
  fewNames(rows.map(({ site, normal }) => (withExcess ? `${site.name} (${quantity(excessOf(normal), 'kWh')})` : site.name)));

/** The one sentence on top: what all sites use, or how old the newest data is; who is above normal; who is late. */
export function headline(rows: readonly Row[], now: number): string {
  const sites = tn('portfolio.sites', rows.length);
  const today = rows.filter((row) => row.isToday);
  const newest = rows.reduce<Row | undefined>((best, row) => ((row.at ?? 0) > (best?.at ?? 0) ? row : best), undefined);
  if (newest === undefined || newest.at === null) return t('portfolio.headline.none', { sites });
  const above = aboveNormal(rows);
  const told = (key: 'portfolio.above' | 'portfolio.above.latest'): string =>
    above.length === 0 ? '' : ` ${tn(key, above.length, { names: namesOf(above, true) })}`;
  if (today.length === 0) {
    return t('portfolio.headline.latest', { sites, date: date(newest.at, newest.site.zone) }) + told('portfolio.above.latest');
  }
  const first = t('portfolio.headline.live', {
    sites,
    power: quantity(sum(today.map((row) => row.power)), 'kW'),
    energy: quantity(sum(today.map((row) => row.site.today_kwh)), 'kWh'),
  });
  const excess = told('portfolio.above');
  const late = rows.filter((row) => row.freshness === 'late' || row.freshness === 'stale');
  if (late.length === 0) return first + excess;
  late.sort((a, b) => (a.at ?? now) - (b.at ?? now));
  return `${first}${excess} ${tn('portfolio.silent', late.length, { names: namesOf(late, false) })}`;
}
