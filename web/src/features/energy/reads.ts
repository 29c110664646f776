/** What the panes of the Energy tab read besides consumption. */
import { ApiError, answered, asTenant, client } from '../../api/client';
import type { paths } from '../../api/schema';
import type { AssetCard, Consumption } from '../../api/types';
import type { Span } from '../../format/period';
import { readConsumption, type Asking } from '../../live/consumption';
import type { Wish } from '../../live/resource.svelte';

type Of<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { 'application/json': infer Body } } } };
}
  ? Body
  : never;

export type Duration = Of<'/api/energy/consumption/{asset_id}/duration'>;
export type Peaks = Of<'/api/energy/consumption/{asset_id}/peaks'>;
export type Balance = Of<'/api/energy/balance/{asset_id}'>;
export type Hit = Of<'/api/energy/search'>['results'][number];

/** Whose figures: an asset, and where the page is about one meter, that meter. */
export interface Whose {
  readonly tenant: string;
  readonly asset: string;
  readonly meter: string | undefined;
}

const edges = ({ from, to }: Span) => ({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });
const key = (...parts: readonly unknown[]): string => `energy ${JSON.stringify(parts)}`;

/**
 * Consumption in the buckets of a drawing. Data coarser than those (a bill for each month) is drawn as it comes,
 * and says so by its resolution.
 */
export const drawnWish = (
  { tenant, asset, meter }: Whose,
  span: Span,
  asking: Asking,
  again: number | string,
): Wish<Consumption> => {
  const asked: Asking = { ...asking, ...(meter === undefined ? {} : { meter }) };
  return {
    subject: key('drawn', tenant, asset, span, asked),
    again,
    read: async (signal) => {
      try {
        return await readConsumption(tenant, asset, span, asked, signal);
      } catch (reason) {
        if (!(reason instanceof ApiError) || reason.code !== 'resolution_finer_than_data') throw reason;
        const { resolution: _finer, ...free } = asked;
        return readConsumption(tenant, asset, span, { ...free, points: 4_000 }, signal);
      }
    },
  };
};

export const durationWish = (
  { tenant, asset, meter }: Whose,
  span: Span,
  carrier: Consumption['carrier'],
): Wish<Duration> => ({
  subject: key('duration', tenant, asset, meter, span, carrier),
  read: (signal) => {
    const query = { ...edges(span), carrier, points: 400, ...(meter === undefined ? {} : { meter }) };
    const params = { path: { asset_id: asset }, query };
    return answered(client.GET('/api/energy/consumption/{asset_id}/duration', { params, signal, ...asTenant(tenant) }));
  },
});

export const peaksWish = (
  { tenant, asset, meter }: Whose,
  span: Span,
  carrier: Consumption['carrier'],
): Wish<Peaks> => ({
  subject: key('peaks', tenant, asset, meter, span, carrier),
  read: (signal) => {
    const query = { ...edges(span), carrier, n: 10, ...(meter === undefined ? {} : { meter }) };
    const params = { path: { asset_id: asset }, query };
    return answered(client.GET('/api/energy/consumption/{asset_id}/peaks', { params, signal, ...asTenant(tenant) }));
  },
});

export const balanceWish = (
  { tenant, asset }: Whose,
  span: Span,
  carrier: Consumption['carrier'],
): Wish<Balance> => ({
  subject: key('balance', tenant, asset, span, carrier),
  read: (signal) => {
    const params = { path: { asset_id: asset }, query: { ...edges(span), carrier } };
    return answered(client.GET('/api/energy/balance/{asset_id}', { params, signal, ...asTenant(tenant) }));
  },
});

/** What a comparison with another asset is called by. */
export const nameWish = (tenant: string, asset: string): Wish<AssetCard> => ({
  subject: key('name', tenant, asset),
  read: (signal) => {
    const params = { path: { asset_id: asset } };
    return answered(client.GET('/api/energy/assets/{asset_id}', { params, signal, ...asTenant(tenant) }));
  },
});

/** Sites and assets by name, for a comparison. */
export async function findAssets(tenant: string, text: string, signal: AbortSignal): Promise<readonly Hit[]> {
  const params = { query: { q: text, limit: 30 } };
  const { results } = await answered(client.GET('/api/energy/search', { params, signal, ...asTenant(tenant) }));
  const found = results.filter(({ kind }) => kind === 'site' || kind === 'asset');
  // A site is what is meant more often than a building of the same name.
  return [...found.filter(({ kind }) => kind === 'site'), ...found.filter(({ kind }) => kind === 'asset')];
}
