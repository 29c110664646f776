/** What My sites says about each site, and in which order they stand. */
import type { SiteHealth, SiteRow } from '../../api/types';
import { duration } from '../../format/duration';
import { fewNames } from '../../format/names';
import { share } from '../../format/number';
import { t, tn } from '../../format/text';
import { HOUR } from '../../format/time';

/** At most this many sites are asked about at once; the server answers no more. */
export const MOST_SHOWN = 50;

/** Favourites in the order they were chosen, and the others as the server gave them. */
export function ordered(
  sites: readonly SiteRow[],
  favourites: readonly string[],
): { readonly starred: SiteRow[]; readonly others: SiteRow[] } {
  const known = new Map(sites.map((row) => [row.id, row]));
  const starred = favourites.flatMap((id) => known.get(id) ?? []);
  const chosen = new Set(starred.map(({ id }) => id));
  return { starred, others: sites.filter(({ id }) => !chosen.has(id)) };
}

/** The one sentence on top: whether the meters of the sites talk. */
export function sentence(health: readonly SiteHealth[]): string {
  const silent = health.filter((site) => site.silent.length > 0);
  if (silent.length === 0) return tn('mysites.all_talk', health.length);
  const meters = silent.reduce((sum, site) => sum + site.silent.length, 0);
  return tn('mysites.some_silent', meters, { sites: fewNames(silent.map(({ name }) => name)) });
}

export type DayTone = 'good' | 'warn' | 'bad' | 'plain';

/** A day is whole, has holes, or is lost; plain where none of its readings is due. */
export function dayTone(completeness: number | null): DayTone {
  if (completeness === null) return 'plain';
  if (completeness >= 0.995) return 'good';
  return completeness > 0.05 ? 'warn' : 'bad';
}

/** `Wed 18`: short enough for eight of them on a telephone. Dates are those of the site, with no zone to them. */
const short = new Intl.DateTimeFormat('en-AU', { weekday: 'short', day: 'numeric', timeZone: 'UTC' });

export interface DayMark {
  readonly date: string;
  readonly name: string;
  readonly tone: DayTone;
  readonly text: string;
}

export const dayMarks = ({ dates, completeness }: SiteHealth): DayMark[] =>
  dates.map((date, i) => {
    const name = short.format(new Date(`${date}T00:00Z`)).replace(',', '');
    const part = completeness[i] ?? null;
    const text = part === null ? t('mysites.day.none_due', { day: name }) : t('mysites.day', { day: name, share: share(part) });
    return { date, name, tone: dayTone(part), text };
  });

/** How much is missing in words; nothing where nothing is. */
export const missingText = ({ missing_hours: hours }: SiteHealth): string | undefined =>
  hours > 0 ? t('mysites.missing', { hours: duration(hours * HOUR) }) : undefined;
