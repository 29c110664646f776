/** The consumption route: what is asked, and its answer as columns for charts. */
import { answered, asTenant, client } from '../api/client';
import type { Consumption, ConsumptionQuery } from '../api/types';
import type { Columns } from '../charts/types';
import type { Span } from '../format/period';
import { dayStart } from '../format/time';
import type { Wish } from './resource.svelte';


/** The day that "now" reads: today where data is live, else the day of the newest reading. */
export const dayOf = (anchor: number, zone: string): Span => ({
  from: dayStart(anchor, zone),
  to: dayStart(anchor, zone, 1),
});

/** The 365 local days that end with that day. */
export const yearOf = (anchor: number, zone: string): Span => ({
  from: dayStart(anchor, zone, -364),
  to: dayStart(anchor, zone, 1),
});

const DAY_S = 86_400;

export function columnsOf(answer: Consumption): Columns {
  return {
    start: answer.start,
    step: (answer.step_s ?? DAY_S) * 1000,
    mean: answer.mean,
    min: answer.min,
    max: answer.max,
    sum: answer.sum,
    coverage: answer.coverage,
    estimatedShare: answer.estimated_share,
  };
}

/** What is asked of the consumption route, besides the asset and the stretch. */
export type Asking = Omit<ConsumptionQuery, 'from' | 'to'>;

export async function readConsumption(
  tenant: string,
  assetId: string,
  { from, to }: Span,
  asking: Asking,
  signal: AbortSignal,
): Promise<Consumption> {
  const query = { ...asking, from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  const params = { path: { asset_id: assetId }, query };
  return answered(client.GET('/api/energy/consumption/{asset_id}', { params, signal, ...asTenant(tenant) }));
}

/** The same for a page that holds the answer: see `resource`. */
export const consumptionWish = (
  tenant: string,
  assetId: string,
  span: Span,
  asking: Asking,
  again: number | string = '',
): Wish<Consumption> => ({
  subject: `consumption ${JSON.stringify([tenant, assetId, span.from, span.to, asking])}`,
  again,
  read: (signal) => readConsumption(tenant, assetId, span, asking, signal),
});
