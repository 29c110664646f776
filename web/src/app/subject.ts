/** Reads what an object page is about. */
import { answered, asTenant, client } from '../api/client';
import type { ObjectKind } from '../features/screen';
import { subjectOfAsset, subjectOfMeter, type Subject } from '../features/subject';
import type { Wish } from '../live/resource.svelte';

export const subjectWish = (
  tenant: string,
  { kind, id }: { readonly kind: ObjectKind; readonly id: string },
  again: number | string,
): Wish<Subject> => ({
  subject: `subject ${JSON.stringify([tenant, kind === 'meter', id])}`,
  again,
  read: async (signal) => {
    if (kind === 'meter') {
      const params = { path: { meter_id: id } };
      const call = client.GET('/api/energy/meters/{meter_id}', { params, signal, ...asTenant(tenant) });
      return subjectOfMeter(await answered(call));
    }
    const params = { path: { asset_id: id } };
    const call = client.GET('/api/energy/assets/{asset_id}', { params, signal, ...asTenant(tenant) });
    return subjectOfAsset(await answered(call));
  },
});
