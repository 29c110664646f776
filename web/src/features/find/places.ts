/** Where a hit leads, and how it is told. */
import { known, named } from '../../format/text';
import { objectPath } from '../screen';
import type { Hit } from './recent';

/** A point has no page of its own: the asset it belongs to shows it. */
export function pathOf(tenant: string, hit: Hit): string | undefined {
  if (hit.kind === 'site' || hit.kind === 'meter') return objectPath(tenant, hit.kind, hit.id);
  if (hit.asset_id === null) return undefined;
  return objectPath(tenant, hit.asset_id === hit.site_id ? 'site' : 'asset', hit.asset_id);
}

/** `Town Hall › Plant room`; nothing for a site, which is where it is. */
export const whereOf = (hit: Hit): string =>
  hit.kind === 'site' ? '' : [hit.site_name, hit.asset_name].filter((name) => name !== null && name !== undefined).join(' › ');

/** The numbers and words a hit goes by: its first word is a kind, a carrier or a quantity of ours. */
export function detailOf({ kind, detail }: Hit): string {
  const [first = '', ...rest] = detail.trim().split(/\s+/);
  if (kind === 'site') return rest.join(' ');
  const prefix = kind === 'asset' ? 'asset_kind' : kind === 'meter' ? 'carrier' : 'quantity';
  return [known(prefix, first) ?? named(prefix, first), ...rest].join(' ').trim();
}
