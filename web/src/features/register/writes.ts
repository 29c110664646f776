/** What the set-up pages read and write of the register. */
import { answered, ApiError, asTenant, client } from '../../api/client';
import type { paths } from '../../api/schema';
import type { Span } from '../../format/period';
import type { Wish } from '../../live/resource.svelte';

type Json<Answer> = Answer extends { content: { 'application/json': infer Body } } ? Body : never;
type Form<Path extends keyof paths, Method extends 'post' | 'put'> = paths[Path] extends Record<
  Method,
  { requestBody: { content: { 'application/json': infer Body } } }
>
  ? Body
  : never;

export type MeterForm = Form<'/api/energy/meters/{meter_id}', 'put'>;
export type NewMeterForm = Form<'/api/energy/assets/{asset_id}/meters', 'post'>;
export type AssignmentForm = Form<'/api/energy/meters/{meter_id}/assignments', 'post'>;
export type ExchangeForm = Form<'/api/energy/meters/{meter_id}/exchange', 'post'>;
export type FormulaForm = Form<'/api/energy/meters/{meter_id}/formula', 'put'>;
export type Exchanged = Json<paths['/api/energy/meters/{meter_id}/exchange']['post']['responses'][201]>;
export type Sheet = Json<paths['/api/energy/register/{sheet}']['get']['responses'][200]>;
export type Row = Record<string, string>;
export type Balance = Json<paths['/api/energy/balance/{asset_id}']['get']['responses'][200]>;
export type Hit = Json<paths['/api/energy/search']['get']['responses'][200]>['results'][number];

export const changeMeter = (tenant: string, id: string, body: MeterForm): Promise<unknown> =>
  answered(client.PUT('/api/energy/meters/{meter_id}', { params: { path: { meter_id: id } }, body, ...asTenant(tenant) }));

export const addMeter = (tenant: string, asset: string, body: NewMeterForm): Promise<unknown> =>
  answered(
    client.POST('/api/energy/assets/{asset_id}/meters', { params: { path: { asset_id: asset } }, body, ...asTenant(tenant) }),
  );

export const placeMeter = (tenant: string, id: string, body: AssignmentForm): Promise<unknown> =>
  answered(
    client.POST('/api/energy/meters/{meter_id}/assignments', { params: { path: { meter_id: id } }, body, ...asTenant(tenant) }),
  );

export const exchangeMeter = (tenant: string, id: string, body: ExchangeForm): Promise<Exchanged> =>
  answered(
    client.POST('/api/energy/meters/{meter_id}/exchange', { params: { path: { meter_id: id } }, body, ...asTenant(tenant) }),
  );

export const writeFormula = (tenant: string, id: string, body: FormulaForm): Promise<unknown> =>
  answered(
    client.PUT('/api/energy/meters/{meter_id}/formula', { params: { path: { meter_id: id } }, body, ...asTenant(tenant) }),
  );

/** One sheet of the register, as text cells by column. */
export async function sheetRows(tenant: string, sheet: string): Promise<Row[]> {
  const call = client.GET('/api/energy/register/{sheet}', { params: { path: { sheet } }, ...asTenant(tenant) });
  return (await answered(call)).rows;
}

/** A refusal of a row of the register: by its column, so that the form can say it beside the field. */
export class RowRefusal extends Error {
  constructor(readonly problems: readonly { readonly column: string; readonly text: string }[]) {
    super('row_refused');
  }
}

/** Writes rows of sheets by their keys; throws `RowRefusal` where the register does not take one. */
export async function writeRows(tenant: string, body: Readonly<Record<string, Row[]>>): Promise<void> {
  const params = { query: { dry_run: false } };
  const report = await answered(client.POST('/api/energy/register', { params, body, ...asTenant(tenant) }));
  if (report.errors.length > 0) throw new RowRefusal(report.errors.map(({ column, text }) => ({ column, text })));
}

/** The key of a meter in the register. */
export async function keyOfMeter(tenant: string, id: string): Promise<string> {
  const call = client.GET('/api/energy/meters/{meter_id}', { params: { path: { meter_id: id } }, ...asTenant(tenant) });
  return (await answered(call)).external_id ?? id;
}

export async function search(tenant: string, q: string, signal: AbortSignal): Promise<readonly Hit[]> {
  const params = { query: { q, limit: 12 } };
  return (await answered(client.GET('/api/energy/search', { params, signal, ...asTenant(tenant) }))).results;
}

/** What feeds what: the tree of a few days, from the meters that counted in them. */
export const treeWish = (tenant: string, asset: string, { from, to }: Span): Wish<Balance> => ({
  subject: `tree ${JSON.stringify([tenant, asset, from, to])}`,
  read: (signal) => {
    const query = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    const params = { path: { asset_id: asset }, query };
    return answered(client.GET('/api/energy/balance/{asset_id}', { params, signal, ...asTenant(tenant) }));
  },
});

/** The whole register as a workbook; the organisation travels in a header, so a plain link would not do. */
export async function downloadRegister(tenant: string): Promise<void> {
  const answer = await fetch('/api/energy/register.xlsx', asTenant(tenant));
  if (!answer.ok) throw new ApiError(answer.status, 'unexpected', undefined, undefined);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await answer.blob());
  link.download = 'register.xlsx';
  link.click();
  URL.revokeObjectURL(link.href);
}
