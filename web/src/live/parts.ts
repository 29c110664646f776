/** What the meters below an asset take now: read in one call for the whole page. */
import { answered, asTenant, client } from '../api/client';
import type { paths } from '../api/schema';
import type { Carrier } from '../api/types';
import type { Wish } from './resource.svelte';

export type Parts =
  paths['/api/energy/parts/{asset_id}']['get']['responses'][200]['content']['application/json'];

export const partsWish = (
  tenant: string,
  assetId: string,
  carrier: Carrier,
  again: number | string = '',
): Wish<Parts> => ({
  subject: `parts ${JSON.stringify([tenant, assetId, carrier])}`,
  again,
  read: (signal) => {
    const params = { path: { asset_id: assetId }, query: { carrier } };
    return answered(client.GET('/api/energy/parts/{asset_id}', { params, signal, ...asTenant(tenant) }));
  },
});
