/** The portfolio over a period: what is asked, what relative periods hang on, and the months as a chart takes them. */
import { answered, asTenant, client } from '../api/client';
import type { paths } from '../api/schema';
import type { Overview } from '../api/types';
import { isoDate, type Calendar, type Span } from '../format/period';
import { dayStart, instant } from '../format/time';
import type { Wish } from './resource.svelte';

type Get = paths['/api/energy/portfolio/consumption']['get'];
export type Portfolio = Get['responses'][200]['content']['application/json'];
export type PortfolioSite = Portfolio['sites'][number];
export type PortfolioMonth = Portfolio['months'][number];
export type Normals = paths['/api/energy/portfolio/normal']['get']['responses'][200]['content']['application/json'];
export type SiteNormal = Normals['sites'][number];
export type PortfolioAsking = Omit<NonNullable<Get['parameters']['query']>, 'from' | 'to'>;

/** The zone that most sites are in: a portfolio has no clock of its own. */
export function zoneOf({ sites }: Overview): string {
  const counts = new Map<string, number>();
  for (const { zone } of sites) counts.set(zone, (counts.get(zone) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'UTC';
}

/** The instant after which no site has a reading: now, or the end of the newest day that any site has. [ms] */
export function newestOf({ sites }: Overview, now: number): number {
  const ends = sites.flatMap(({ day, zone }) => {
    const [year, month, date] = (day ?? '').split('-').map(Number);
    return year && month && date ? [instant(year, month, date + 1, 0, zone) - 1] : [];
  });
  return ends.length === 0 ? now : Math.min(now, Math.max(...ends));
}

/** What periods of a portfolio hang on. */
export function calendarOf(overview: Overview, yearStart: string, now: number): Calendar {
  return { zone: zoneOf(overview), asOf: newestOf(overview, now), yearStartMonth: Number(yearStart.slice(0, 2)) || 7 };
}

/** Whole local days that a span touches, as the route takes them: the last is no part of it. */
export const daysOf = ({ from, to }: Span, zone: string): { readonly from: string; readonly to: string } => ({
  from: isoDate(from, zone),
  to: isoDate(dayStart(to - 1, zone, 1), zone),
});

export const overviewWish = (tenant: string, again: number | string = ''): Wish<Overview> => ({
  subject: `overview ${tenant}`,
  again,
  read: (signal) => answered(client.GET('/api/energy/overview', { signal, ...asTenant(tenant) })),
});

/** Which sites use more than usual; `pending` of them come with the next reading. */
export const normalWish = (tenant: string, again: number | string = ''): Wish<Normals> => ({
  subject: `normal ${tenant}`,
  again,
  read: (signal) => answered(client.GET('/api/energy/portfolio/normal', { signal, ...asTenant(tenant) })),
});

export const portfolioWish = (
  tenant: string,
  span: Span,
  zone: string,
  asking: PortfolioAsking,
  again: number | string = '',
): Wish<Portfolio> => {
  const query = { ...asking, ...daysOf(span, zone) };
  return {
    subject: `portfolio ${JSON.stringify([tenant, query])}`,
    again,
    read: (signal) =>
      answered(client.GET('/api/energy/portfolio/consumption', { params: { query }, signal, ...asTenant(tenant) })),
  };
};

/** The start of a month of an answer in a zone. [ms] */
export function monthStart(start: string, zone: string): number {
  const [year = 1970, month = 1] = start.split('-').map(Number);
  return instant(year, month, 1, 0, zone);
}
