/** What the upload door answers and takes, by the names that these screens use. */
import { answered, asTenant, client } from '../../api/client';
import type { paths } from '../../api/schema';

type Json<Answer> = Answer extends { content: { 'application/json': infer Body } } ? Body : never;

export type Upload = Json<paths['/api/energy/uploads/{upload_id}']['get']['responses'][200]>;
export type UploadSummary = Json<paths['/api/energy/uploads']['get']['responses'][200]>['uploads'][number];
export type UploadedFile = Upload['files'][number];
export type Table = NonNullable<UploadedFile['proposal']>;
export type Column = Table['columns'][number];
export type Register = UploadedFile['meters'][number];
export type ProposedSite = Upload['sites'][number];
export type UploadProblem = UploadedFile['problems'][number];
export type FileChoices = Json<
  NonNullable<paths['/api/energy/uploads/{upload_id}/proposal']['post']['requestBody']>
>['files'][number];
export type LoadForm = Json<NonNullable<paths['/api/energy/uploads/{upload_id}/load']['post']['requestBody']>>;

const at = (tenant: string, id: string) => ({ params: { path: { upload_id: id } }, ...asTenant(tenant) });

export const readUpload = (tenant: string, id: string, signal: AbortSignal): Promise<Upload> =>
  answered(client.GET('/api/energy/uploads/{upload_id}', { signal, ...at(tenant, id) }));

export const listUploads = (tenant: string, signal: AbortSignal) =>
  answered(
    client.GET('/api/energy/uploads', { signal, params: { query: { limit: 20 } }, ...asTenant(tenant) }),
  );

export const removeUpload = (tenant: string, id: string): Promise<unknown> =>
  answered(client.DELETE('/api/energy/uploads/{upload_id}', at(tenant, id)));

/** Says something about files; everything that is not said about them is proposed anew. */
export const proposeAgain = (tenant: string, id: string, files: FileChoices[]): Promise<Upload> =>
  answered(client.POST('/api/energy/uploads/{upload_id}/proposal', { body: { files }, ...at(tenant, id) }));

export const load = (tenant: string, id: string, form: LoadForm) =>
  answered(client.POST('/api/energy/uploads/{upload_id}/load', { body: form, ...at(tenant, id) }));

const stem = (name: string): string => name.replace(/^.*[\\/]/, '').replace(/(\.(zip|gz|csv|xml))+$/i, '');

/**
 * The name that a person gave the file: without the package that several files travel in, and without the
 * file inside a zip where it is called as the zip is.
 */
export function shortName(file: string, upload: string): string {
  const inside = file.startsWith(`${upload}!`) ? file.slice(upload.length + 1) : file;
  const parts = inside.split('!');
  return parts.filter((part, n) => n === 0 || stem(part) !== stem(parts[n - 1] ?? '')).join(' › ');
}
