/** Several series of an asset over one period, and which there are. */
import { answered, asTenant, client } from '../api/client';
import type { paths } from '../api/schema';
import type { Span } from '../format/period';
import type { Wish } from './resource.svelte';

type Of<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { 'application/json': infer Body } } } };
}
  ? Body
  : never;

export type Trends = Of<'/api/energy/trends/{asset_id}'>;
export type Trend = Trends['series'][number];
export type TrendChoices = Of<'/api/energy/trends/{asset_id}/choices'>;
export type TrendChoice = TrendChoices['choices'][number];

export const choicesWish = (tenant: string, assetId: string, again: number | string): Wish<TrendChoices> => ({
  subject: `trend choices ${tenant} ${assetId}`,
  again,
  read: (signal) => {
    const params = { path: { asset_id: assetId } };
    return answered(client.GET('/api/energy/trends/{asset_id}/choices', { params, signal, ...asTenant(tenant) }));
  },
});

export const trendsWish = (
  tenant: string,
  assetId: string,
  series: readonly string[],
  { from, to }: Span,
  points: number,
  again: number | string,
): Wish<Trends> => ({
  subject: `trends ${JSON.stringify([tenant, assetId, series, from, to, points])}`,
  again,
  read: (signal) => {
    const query = {
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      series: [...series],
      points,
    };
    const params = { path: { asset_id: assetId }, query };
    return answered(client.GET('/api/energy/trends/{asset_id}', { params, signal, ...asTenant(tenant) }));
  },
});
