/** Events of a scope as marks on charts, and as lines of the list under them. */
import { answered, asTenant, client } from '../../api/client';
import type { paths } from '../../api/schema';
import type { Annotation } from '../../charts/types';
import type { Span } from '../../format/period';
import { t } from '../../format/text';
import { DAY, date, dateAndClock, dayStart } from '../../format/time';
import type { Wish } from '../../live/resource.svelte';

export type Happening =
  paths['/api/energy/events']['get']['responses'][200]['content']['application/json']['events'][number];
export type HappeningForm = NonNullable<paths['/api/energy/events']['post']['requestBody']>['content']['application/json'];

export const KINDS = ['note', 'works', 'closure', 'retrofit', 'meter_change', 'holiday'] as const;

export const happeningsWish = (
  tenant: string,
  asset: string,
  { from, to }: Span,
  again: number | string,
): Wish<readonly Happening[]> => ({
  subject: `events ${JSON.stringify([tenant, asset, from, to])}`,
  again,
  read: async (signal) => {
    const query = { asset, from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    const answer = await answered(client.GET('/api/energy/events', { params: { query }, signal, ...asTenant(tenant) }));
    // Oldest first: the order of their marks along the time axis.
    return [...answer.events].reverse();
  },
});

const startOf = (event: Happening): number => Date.parse(event.starts_at);
/** One without an end is an instant. */
const endOf = (event: Happening): number => (event.ends_at === null ? startOf(event) : Date.parse(event.ends_at));

/** Their marks count from 1, as their lines under the chart do. */
export const annotationsOf = (events: readonly Happening[]): Annotation[] =>
  events.map((event, i) => ({ mark: String(i + 1), from: startOf(event), to: endOf(event) }));

/** When it was: a date, dates, or to the minute where it did not last whole days. */
export function whenOf(event: Happening, zone: string): string {
  const [from, to] = [startOf(event), endOf(event)];
  const isMidnight = (at: number): boolean => at === dayStart(at, zone);
  if (to <= from) return dateAndClock(from, zone);
  if (!isMidnight(from) || !isMidnight(to)) {
    return t('period.range', { from: dateAndClock(from, zone), to: dateAndClock(to, zone) });
  }
  return to - from <= DAY * 1.1 ? date(from, zone) : t('period.range', { from: date(from, zone), to: date(to - 1, zone) });
}

export async function addHappening(tenant: string, form: HappeningForm): Promise<void> {
  await answered(client.POST('/api/energy/events', { body: form, ...asTenant(tenant) }));
}

export async function dropHappening(tenant: string, id: string): Promise<void> {
  const params = { path: { event_id: id } };
  await answered(client.DELETE('/api/energy/events/{event_id}', { params, ...asTenant(tenant) }));
}
