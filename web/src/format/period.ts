/**
 * The chosen stretch of time and what it is compared with: read from the address, written to the address.
 *
 * Periods are whole local days and hang on a date (`on`), which is the newest complete day unless somebody
 * goes back. A custom period has its own two edges; dragging on a chart makes one, to the minute.
 */
import { t } from './text';
import { DAY, HOUR, MINUTE, clock, date, instant, local, monthAndYear } from './time';

export const PERIOD_KINDS = ['day', '7d', 'month', 'quarter', 'year', 'custom'] as const;
export type PeriodKind = (typeof PERIOD_KINDS)[number];

/** Half-open. [ms] */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Chosen {
  readonly kind: PeriodKind;
  /** A local date inside the period, `2026-11-25`; undefined: the newest. Not for custom periods. */
  readonly on?: string | undefined;
  /** Edges of a custom period: local `2026-11-25` or `2026-11-25T10:30`; the end is not part of it. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** What decides where a period lies. */
export interface Calendar {
  readonly zone: string;
  /** Newest instant that periods may hang on. [ms] */
  readonly asOf: number;
  /** First month of the financial year, 1 to 12. */
  readonly yearStartMonth: number;
}

const EDGE = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}))?$/;

const two = (value: number): string => String(value).padStart(2, '0');

/** The local date of an instant, as it stands in an address. */
export function isoDate(at: number, zone: string): string {
  const { year, month, day } = local(at, zone);
  return `${year}-${two(month)}-${two(day)}`;
}

/** The local minute of an instant, as it stands in an address; whole days leave the clock out. */
export function isoEdge(at: number, zone: string): string {
  const { hour, minute } = local(at, zone);
  const on = isoDate(at, zone);
  return hour === 0 && minute === 0 ? on : `${on}T${two(hour)}:${two(minute)}`;
}

/** The instant of a local edge; undefined for anything else. */
export function edge(text: string | null | undefined, zone: string): number | undefined {
  const found = EDGE.exec(text ?? '');
  if (found === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = found.slice(1).map((part) => Number(part ?? 0));
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59) return undefined;
  return instant(year, month, day, hour, zone) + minute * MINUTE;
}

/** The period an address asks for; what makes no sense falls back to the screen's own. */
export function chosenOf(query: URLSearchParams, fallback: PeriodKind): Chosen {
  const named = query.get('period');
  const kind = PERIOD_KINDS.find((known) => known === named) ?? fallback;
  if (kind === 'custom') {
    const [from, to] = [query.get('from'), query.get('to')];
    const [start, end] = [edge(from, 'UTC'), edge(to, 'UTC')];
    if (start === undefined || end === undefined || end <= start) return { kind: fallback };
    return { kind, from: from ?? undefined, to: to ?? undefined };
  }
  const on = query.get('on');
  return edge(on, 'UTC') === undefined ? { kind } : { kind, on: on ?? undefined };
}

/** The address of the same page with another period; everything else in it stays. */
export function addressOf(query: URLSearchParams, chosen: Chosen): string {
  const next = new URLSearchParams(query);
  for (const name of ['period', 'on', 'from', 'to']) next.delete(name);
  next.set('period', chosen.kind);
  if (chosen.kind === 'custom') {
    if (chosen.from !== undefined) next.set('from', chosen.from);
    if (chosen.to !== undefined) next.set('to', chosen.to);
  } else if (chosen.on !== undefined) next.set('on', chosen.on);
  return `?${next.toString()}`;
}

const monthsOf = (kind: PeriodKind): number => (kind === 'year' ? 12 : kind === 'quarter' ? 3 : 1);

/** Whole local days between two months, the first counted from the start of the financial year. */
function months(at: number, kind: PeriodKind, { zone, yearStartMonth }: Calendar): Span {
  const { year, month } = local(at, zone);
  const length = monthsOf(kind);
  const ahead = (month - yearStartMonth + 12) % 12;
  const first = month - (length === 1 ? 0 : ahead % length);
  return { from: instant(year, first, 1, 0, zone), to: instant(year, first + length, 1, 0, zone) };
}

/** Where the period lies. The newest ones may end after `asOf`: they are running. */
export function spanOf(chosen: Chosen, calendar: Calendar): Span {
  const { zone, asOf } = calendar;
  if (chosen.kind === 'custom') {
    const [from, to] = [edge(chosen.from, zone), edge(chosen.to, zone)];
    if (from !== undefined && to !== undefined && to > from) return { from, to };
  }
  const at = edge(chosen.on, zone) ?? asOf;
  if (chosen.kind === 'month' || chosen.kind === 'quarter' || chosen.kind === 'year') {
    return months(at, chosen.kind, calendar);
  }
  const { year, month, day } = local(at, zone);
  const back = chosen.kind === '7d' ? 6 : 0;
  return { from: instant(year, month, day - back, 0, zone), to: instant(year, month, day + 1, 0, zone) };
}

/** The previous (-1) or next (+1) period of the same kind; a custom one moves by its own length. */
export function moved(chosen: Chosen, by: -1 | 1, calendar: Calendar): Chosen {
  const { zone } = calendar;
  const { from, to } = spanOf(chosen, calendar);
  if (chosen.kind === 'custom') {
    const days = Math.round((to - from) / DAY);
    const isWhole = isoEdge(from, zone).length === 10 && isoEdge(to, zone).length === 10;
    const shifted = (at: number): number => {
      if (!isWhole) return at + by * (to - from);
      const { year, month, day } = local(at, zone);
      return instant(year, month, day + by * days, 0, zone);
    };
    return { kind: 'custom', from: isoEdge(shifted(from), zone), to: isoEdge(shifted(to), zone) };
  }
  // An hour past the edge is inside the neighbour, whatever daylight saving does to its first hour.
  const inside = by === 1 ? to + HOUR : from - HOUR;
  const next: Chosen = { kind: chosen.kind, on: isoDate(inside, zone) };
  const isNewest = by === 1 && spanOf(next, calendar).to >= spanOf({ kind: chosen.kind }, calendar).to;
  return isNewest ? { kind: chosen.kind } : next;
}

/** Whether nothing newer of this kind exists. */
export const isNewest = (chosen: Chosen, calendar: Calendar): boolean =>
  spanOf(chosen, calendar).to > calendar.asOf;

/** A period in words: `Wed 25 Nov 2026`, `Nov 2026`, `1 Jul 2026 to 30 Jun 2027`. */
export function periodInWords(chosen: Chosen, calendar: Calendar): string {
  const { zone } = calendar;
  const { from, to } = spanOf(chosen, calendar);
  if (chosen.kind === 'month') return monthAndYear(from, zone);
  const isWhole = isoEdge(from, zone).length === 10 && isoEdge(to, zone).length === 10;
  const last = isWhole ? to - 1 : to;
  const name = (at: number): string => (isWhole ? date(at, zone) : `${date(at, zone)} ${clock(at, zone)}`);
  if (isWhole && isoDate(from, zone) === isoDate(last, zone)) return date(from, zone);
  return t('period.range', { from: name(from), to: name(last) });
}
