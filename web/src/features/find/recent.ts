/** What was found last on this device, for one organisation each. */
import type { paths } from '../../api/schema';

export type Hit = paths['/api/energy/search']['get']['responses'][200]['content']['application/json']['results'][number];

/** How many are remembered. */
export const REMEMBERED = 8;
const keyOf = (tenant: string, account: string): string => `aegrid.found.${account}.${tenant}`;

/** A hit put before the others, which lose their oldest. */
export const withHit = (held: readonly Hit[], hit: Hit): readonly Hit[] =>
  [hit, ...held.filter(({ kind, id }) => kind !== hit.kind || id !== hit.id)].slice(0, REMEMBERED);

/** What a device kept, as far as it can be understood. */
export function readHits(text: string | null): readonly Hit[] {
  try {
    const held: unknown = JSON.parse(text ?? '[]');
    if (!Array.isArray(held)) return [];
    return held.filter(
      (hit: Partial<Hit> | null): hit is Hit =>
        hit !== null &&
        typeof hit === 'object' &&
        typeof hit.id === 'string' &&
        typeof hit.name === 'string' &&
        typeof hit.detail === 'string' &&
        ['site', 'asset', 'meter', 'point'].includes(hit.kind ?? ''),
    );
  } catch {
    return [];
  }
}

export function recentHits(tenant: string, account: string): readonly Hit[] {
  try {
    return readHits(window.localStorage.getItem(keyOf(tenant, account)));
  } catch {
    return [];
  }
}

export function rememberHit(tenant: string, account: string, hit: Hit): void {
  try {
    const held = withHit(recentHits(tenant, account), hit);
    window.localStorage.setItem(keyOf(tenant, account), JSON.stringify(held));
  } catch {
    // Not remembered, then.
  }
}
