/** Instants as text in a site's zone, and the local-day arithmetic that charts need. Times are ms since the epoch. */
import { LOCALE } from './number';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A wall-clock moment in some zone; `month` counts from 1. */
export interface LocalTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

const formats = new Map<Intl.DateTimeFormatOptions, Map<string, Intl.DateTimeFormat>>();

/** Kept by the options themselves: charts ask for thousands, and to spell a key costs more than to format. */
function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  let zones = formats.get(options);
  if (zones === undefined) formats.set(options, (zones = new Map()));
  let found = zones.get(zone);
  if (found === undefined) zones.set(zone, (found = new Intl.DateTimeFormat(LOCALE, { timeZone: zone, ...options })));
  return found;
}

const PARTS = {
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
  hourCycle: 'h23',
} as const satisfies Intl.DateTimeFormatOptions;
const CLOCK = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
const DATE = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' } as const;
const WEEKDAY = { weekday: 'long' } as const;
const MONTH = { month: 'short' } as const;
const DAY_AND_MONTH = { day: 'numeric', month: 'short' } as const;
const MONTH_LONG = { month: 'long' } as const;
const MONTH_LONG_AND_YEAR = { month: 'long', year: 'numeric' } as const;
const MONTH_AND_YEAR = { month: 'short', year: 'numeric' } as const;
const ZONE_SHORT = { timeZoneName: 'short' } as const;

function computedOffset(at: number, zone: string): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of format(zone, PARTS).formatToParts(at)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

/** No clock is changed twice within this. [ms] */
const BLOCK = 6 * HOUR;
/** Of all zones together; all that is known goes when there is more. */
const KNOWN = 50_000;
const edges = new Map<string, Map<number, number>>();
let known = 0;

/** The offset where a block begins: charts ask for the same ones with every drawing. */
function edgeOffset(block: number, zone: string): number {
  if (known >= KNOWN) {
    edges.clear();
    known = 0;
  }
  let ofZone = edges.get(zone);
  if (ofZone === undefined) edges.set(zone, (ofZone = new Map()));
  let found = ofZone.get(block);
  if (found === undefined) {
    ofZone.set(block, (found = computedOffset(block * BLOCK, zone)));
    known += 1;
  }
  return found;
}

/** How far the zone's clock runs ahead of UTC at an instant. [ms] */
export function offset(at: number, zone: string): number {
  const block = Math.floor(at / BLOCK);
  const before = edgeOffset(block, zone);
  return before === edgeOffset(block + 1, zone) ? before : computedOffset(at, zone);
}

/** The wall clock of a zone at an instant. */
export function local(at: number, zone: string): LocalTime {
  const wall = new Date(at + offset(at, zone));
  return {
    year: wall.getUTCFullYear(),
    month: wall.getUTCMonth() + 1,
    day: wall.getUTCDate(),
    hour: wall.getUTCHours(),
    minute: wall.getUTCMinutes(),
  };
}

/**
 * The instant of a wall clock; days and months may overflow (day 32 is the 1st of the next month).
 * A wall clock that daylight saving skips gives the instant the clock jumped to; one it repeats, the first.
 */
export function instant(year: number, month: number, day: number, hour: number, zone: string): number {
  const wall = Date.UTC(year, month - 1, day, hour);
  const candidates = [wall - offset(wall - DAY, zone), wall - offset(wall + DAY, zone)];
  const matching = candidates.filter((at) => at + offset(at, zone) === wall);
  return matching.length > 0 ? Math.min(...matching) : Math.max(...candidates);
}

/** Start of the local day that holds an instant, moved by whole local days. */
export function dayStart(at: number, zone: string, days = 0): number {
  const { year, month, day } = local(at, zone);
  return instant(year, month, day + days, 0, zone);
}

export const clock = (at: number, zone: string): string =>
  format(zone, CLOCK).format(at);

/** `Wed 25 Nov 2026`. The comma that en-AU puts after the weekday is left out. */
export const date = (at: number, zone: string): string =>
  format(zone, DATE).format(at).replace(',', '');

export const dateAndClock = (at: number, zone: string): string => `${date(at, zone)} ${clock(at, zone)}`;

/** `Saturday`. */
export const weekday = (at: number, zone: string): string => format(zone, WEEKDAY).format(at);

export const monthName = (at: number, zone: string): string => format(zone, MONTH).format(at);

/** `25 Nov`. */
export const dayAndMonth = (at: number, zone: string): string =>
  format(zone, DAY_AND_MONTH).format(at);

export const monthLong = (at: number, zone: string): string => format(zone, MONTH_LONG).format(at);

/** `November 2026`. */
export const monthLongAndYear = (at: number, zone: string): string =>
  format(zone, MONTH_LONG_AND_YEAR).format(at);

/** `Nov 2026`. */
export const monthAndYear = (at: number, zone: string): string =>
  format(zone, MONTH_AND_YEAR).format(at);

/** The zone's short name at an instant (`ACDT`), for the end of an axis. */
export function zoneShort(at: number, zone: string): string {
  const part = format(zone, ZONE_SHORT).formatToParts(at).find(({ type }) => type === 'timeZoneName');
  return part?.value ?? zone;
}

/** The zone in words: `Adelaide time (ACDT)`. */
export function zoneInWords(at: number, zone: string, { withShort = true } = {}): string {
  const name = zoneShort(at, zone);
  if (!zone.includes('/')) return name;
  const place = `${zone.split('/').at(-1)?.replaceAll('_', ' ') ?? zone} time`;
  return withShort ? `${place} (${name})` : place;
}

/** Local time with its offset, ISO 8601: what CSV carries. */
export function iso(at: number, zone: string): string {
  const ahead = offset(at, zone);
  const wall = new Date(at + ahead).toISOString().slice(0, 19);
  const minutes = Math.abs(ahead) / MINUTE;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${wall}${ahead < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}
