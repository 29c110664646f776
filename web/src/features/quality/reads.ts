/** What the data pages ask of the server, and what they tell it. */
import { answered, asTenant, client } from '../../api/client';
import type { paths } from '../../api/schema';
import type { Span } from '../../format/period';
import type { Wish } from '../../live/resource.svelte';
import type { Subject } from '../subject';

type Json<Answer> = Answer extends { content: { 'application/json': infer Body } } ? Body : never;
export type Quality = Json<paths['/api/energy/quality']['get']['responses'][200]>;
export type QualityRow = Quality['rows'][number];
export type Gap = Quality['gaps'][number];
export type Touch = Quality['touched_by'][number];
export type Balance = Json<paths['/api/energy/balance/{asset_id}']['get']['responses'][200]>;
export type Repair = Json<paths['/api/energy/series/{series_no}/repair']['post']['responses'][200]>;
export type RepairForm = paths['/api/energy/series/{series_no}/repair']['post']['requestBody']['content']['application/json'];
export type RepairMethod = RepairForm['method'];
export type DayReadings = Json<paths['/api/energy/series/{series_no}/readings']['get']['responses'][200]>;
export type Reading = Json<paths['/api/energy/readings/{reading_id}']['get']['responses'][200]>;
export type Undo = Json<paths['/api/energy/imports/{import_id}']['delete']['responses'][200]>;

const edges = ({ from, to }: Span): { from: string; to: string } => ({
  from: new Date(from).toISOString(),
  to: new Date(to).toISOString(),
});

/** The asset whose matrix is asked for: the thing itself, or what a meter hangs on. */
export const assetOf = (subject: Subject): string | undefined =>
  subject.kind === 'meter' ? subject.trail.at(-1)?.id : subject.id;

export function qualityWish(tenant: string, subject: Subject, span: Span, again: number | string): Wish<Quality> | undefined {
  const asset = assetOf(subject);
  if (asset === undefined) return undefined;
  const query = { asset, ...edges(span), gaps: true, ...(subject.kind === 'meter' ? { meter: subject.id } : {}) };
  return {
    subject: `quality ${JSON.stringify([tenant, query])}`,
    again,
    read: (signal) => answered(client.GET('/api/energy/quality', { params: { query }, signal, ...asTenant(tenant) })),
  };
}

export const balanceWish = (tenant: string, asset: string, span: Span): Wish<Balance> => ({
  subject: `balance ${JSON.stringify([tenant, asset, span])}`,
  read: (signal) => {
    const params = { path: { asset_id: asset }, query: edges(span) };
    return answered(client.GET('/api/energy/balance/{asset_id}', { params, signal, ...asTenant(tenant) }));
  },
});

export const readingsWish = (tenant: string, seriesNo: number, span: Span, again: number): Wish<DayReadings> => ({
  subject: `readings ${JSON.stringify([tenant, seriesNo, span])}`,
  again,
  read: (signal) => {
    const params = { path: { series_no: seriesNo }, query: edges(span) };
    return answered(client.GET('/api/energy/series/{series_no}/readings', { params, signal, ...asTenant(tenant) }));
  },
});

export const readingWish = (tenant: string, id: string, again: number): Wish<Reading> => ({
  subject: `reading ${JSON.stringify([tenant, id])}`,
  again,
  read: (signal) => {
    const params = { path: { reading_id: id } };
    return answered(client.GET('/api/energy/readings/{reading_id}', { params, signal, ...asTenant(tenant) }));
  },
});

/** Shows estimates for what is missing (`dry_run`), or stores them. */
export function repair(tenant: string, seriesNo: number, body: RepairForm, signal?: AbortSignal): Promise<Repair> {
  const params = { path: { series_no: seriesNo } };
  const call = client.POST('/api/energy/series/{series_no}/repair', {
    params,
    body,
    ...(signal === undefined ? {} : { signal }),
    ...asTenant(tenant),
  });
  return answered(call);
}

/** Takes a load back. */
export function takeBack(tenant: string, importId: string): Promise<unknown> {
  const params = { path: { import_id: importId }, query: { dry_run: false } };
  return answered(client.DELETE('/api/energy/imports/{import_id}', { params, ...asTenant(tenant) }));
}

export interface Correction {
  readonly value: number | null;
  readonly unit: string;
  readonly reason: string;
}

/** Puts a person's value in the place of a reading that still holds what the ETag names. */
export function correct(tenant: string, id: string, etag: string, body: Correction): Promise<Reading> {
  const { headers } = asTenant(tenant);
  const params = { path: { reading_id: id }, header: { 'if-match': etag } };
  return answered(client.PUT('/api/energy/consumption/{reading_id}', { params, body, headers }));
}
