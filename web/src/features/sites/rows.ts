/** What the portfolio says about each site: the stored row, overlaid by what the socket brought since. */
import type { SiteRow } from '../../api/types';
import { freshness } from '../../format/freshness';
import { quantity } from '../../format/number';
import { t, tn } from '../../format/text';
import { date, dayStart } from '../../format/time';

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
}

/** Before two values have shown the rhythm. [ms] */
const USUAL_INTERVAL = 300_000;

/** The next state of a site's live value; an older one than we have changes nothing. */
export function advanced(before: LiveRow | undefined, at: number, value: number | null): LiveRow {
  if (before === undefined) return { at, value, interval: USUAL_INTERVAL };
  if (at < before.at) return before;
  return { at, value, interval: at === before.at ? before.interval : at - before.at };
}

export function rowOf(site: SiteRow, live: LiveRow | undefined, now: number): Row {
  const stored = site.latest === null ? null : Date.parse(site.latest.at);
  const isToday = (at: number): boolean => dayStart(at, site.zone) === dayStart(now, site.zone);
  if (live !== undefined && (stored === null || live.at >= stored)) {
    const fresh = freshness(live.at, now, live.interval);
    return { site, at: live.at, power: live.value, freshness: fresh, isToday: isToday(live.at) };
  }
  if (site.latest === null || stored === null) {
    return { site, at: null, power: null, freshness: 'unknown', isToday: false };
  }
  const { power_kw, freshness: judged } = site.latest;
  return { site, at: stored, power: power_kw, freshness: judged, isToday: isToday(stored) };
}

const sum = (values: readonly (number | null)[]): number => values.reduce<number>((all, value) => all + (value ?? 0), 0);

/** The one sentence on top: what all sites use, or how old the newest data is; and who is late. */
export function headline(rows: readonly Row[], now: number): string {
  const sites = tn('portfolio.sites', rows.length);
  const today = rows.filter((row) => row.isToday);
  const newest = rows.reduce<Row | undefined>((best, row) => ((row.at ?? 0) > (best?.at ?? 0) ? row : best), undefined);
  if (newest === undefined || newest.at === null) return t('portfolio.headline.none', { sites });
  if (today.length === 0) return t('portfolio.headline.latest', { sites, date: date(newest.at, newest.site.zone) });
  const first = t('portfolio.headline.live', {
    sites,
    power: quantity(sum(today.map((row) => row.power)), 'kW'),
    energy: quantity(sum(today.map((row) => row.site.today_kwh)), 'kWh'),
  });
  const late = rows.filter((row) => row.freshness === 'late' || row.freshness === 'stale');
  if (late.length === 0) return first;
  late.sort((a, b) => (a.at ?? now) - (b.at ?? now));
  const names = late.slice(0, 3).map((row) => row.site.name);
  return `${first} ${tn('portfolio.silent', late.length, { names: names.join(', ') + (late.length > 3 ? ' …' : '') })}`;
}
