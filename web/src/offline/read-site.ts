/** What is kept of a site: its last seven local days, in half hours where the data is that fine. */
import { ApiError, answered, asTenant, client } from '../api/client';
import type { Carrier, Consumption, ConsumptionQuery, SiteRow } from '../api/types';
import { dayStart } from '../format/time';
import type { KeptSite } from './kept-sites';

const DAYS = 7;
/** The server has nothing as fine as what was asked. */
const TOO_FINE = 422;

/** The days that are kept: those that end with the newest reading, so that monthly files have some too. */
export function daysOf(row: SiteRow, now: number): { from: number; to: number } {
  const newest = row.latest === null ? now : Math.min(now, Date.parse(row.latest.at));
  return { from: dayStart(newest, row.zone, 1 - DAYS), to: dayStart(newest, row.zone, 1) };
}

export async function readSite(
  account: string,
  tenant: string,
  row: SiteRow,
  now: number,
  signal: AbortSignal,
): Promise<KeptSite> {
  const { from, to } = daysOf(row, now);
  const span = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  const ask = (query: Omit<ConsumptionQuery, 'from' | 'to'>): Promise<Consumption> =>
    answered(
      client.GET('/api/energy/consumption/{asset_id}', {
        params: { path: { asset_id: row.id }, query: { ...span, ...query } },
        signal,
        ...asTenant(tenant),
      }),
    );
  const read = async (carrier: Carrier): Promise<Consumption> => {
    try {
      return await ask({ carrier, resolution: '30m' });
    } catch (reason) {
      if (!(reason instanceof ApiError) || reason.status !== TOO_FINE) throw reason;
      return ask({ carrier, points: 400 });
    }
  };
  const carriers: Consumption[] = [];
  // One after the other: this is nobody's hurry.
  for (const carrier of row.carriers) carriers.push(await read(carrier));
  return { account, tenant, site: row.id, row, from, to, carriers, savedAt: now };
}
