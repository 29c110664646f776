/** The consumption route as columns for charts, and the periods that the site page asks for. */
import { answered, asTenant, client } from '../../api/client';
import type { Carrier, Consumption, Resolution } from '../../api/types';
import type { Columns } from '../../charts/types';
import { dayStart } from '../../format/time';

export interface Period {
  readonly from: number;
  readonly to: number;
}

/** How finely: at most so many points, or a named resolution. */
export type Fineness = { readonly points: number } | { readonly resolution: Resolution };

/** The day that "now" reads: today where data is live, else the day of the newest reading. */
export const dayOf = (anchor: number, zone: string): Period => ({
  from: dayStart(anchor, zone),
  to: dayStart(anchor, zone, 1),
});

/** The 365 local days that end with that day. */
export const yearOf = (anchor: number, zone: string): Period => ({
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

export async function readConsumption(
  tenant: string,
  assetId: string,
  carrier: Carrier,
  { from, to }: Period,
  fineness: Fineness,
  signal: AbortSignal,
): Promise<Consumption> {
  const query = { from: new Date(from).toISOString(), to: new Date(to).toISOString(), carrier, ...fineness };
  const params = { path: { asset_id: assetId }, query };
  return answered(client.GET('/api/energy/consumption/{asset_id}', { params, signal, ...asTenant(tenant) }));
}
