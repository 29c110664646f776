/** Loads as the server tells them, and what can be done with one. */
import { answered, asTenant, client } from '../../api/client';
import type { paths } from '../../api/schema';
import { known, named, t } from '../../format/text';

type Json<Answer> = Answer extends { content: { 'application/json': infer Body } } ? Body : never;

export type Load = Json<paths['/api/energy/imports']['get']['responses'][200]>['imports'][number];
export type LoadDetail = Json<paths['/api/energy/imports/{import_id}']['get']['responses'][200]>;
export type Undo = Extract<Json<paths['/api/energy/imports/{import_id}']['delete']['responses'][200]>, { is_dry_run: boolean }>;
export type Moved = Json<paths['/api/energy/imports/{import_id}/reassign']['post']['responses'][200]>;

/** How many stand on a page. */
export const PAGE = 50;

export interface Filter {
  readonly site: string | null;
  readonly meter: string | null;
  readonly by: string | null;
}

/** The filter of an address; what is empty asks for nothing. */
export const filterOf = (query: URLSearchParams): Filter => ({
  site: query.get('site') || null,
  meter: query.get('meter') || null,
  by: query.get('by') || null,
});

export const listLoads = (tenant: string, filter: Filter, before: string | undefined, signal: AbortSignal | null) =>
  answered(
    client.GET('/api/energy/imports', {
      signal,
      params: {
        query: {
          limit: PAGE,
          ...(before === undefined ? {} : { before }),
          ...(filter.site === null ? {} : { site_id: filter.site }),
          ...(filter.meter === null ? {} : { meter_id: filter.meter }),
          ...(filter.by === null ? {} : { actor: filter.by }),
        },
      },
      ...asTenant(tenant),
    }),
  );

const at = (tenant: string, id: string) => ({ params: { path: { import_id: id } }, ...asTenant(tenant) });

export const readLoad = (tenant: string, id: string, signal: AbortSignal): Promise<LoadDetail> =>
  answered(client.GET('/api/energy/imports/{import_id}', { signal, ...at(tenant, id) }));

/** What taking it back would do. */
export const wouldUndo = async (tenant: string, id: string): Promise<Undo> =>
  (await answered(
    client.DELETE('/api/energy/imports/{import_id}', {
      params: { path: { import_id: id }, query: { dry_run: true } },
      ...asTenant(tenant),
    }),
  )) as Undo;

/** Takes it back: the id of the job that does. */
export async function undo(tenant: string, id: string, reason: string): Promise<string> {
  const started = (await answered(
    client.DELETE('/api/energy/imports/{import_id}', {
      params: { path: { import_id: id }, query: { dry_run: false, job: true, reason } },
      ...asTenant(tenant),
    }),
  )) as { job_id: string };
  return started.job_id;
}

export const reassign = (tenant: string, id: string, meter: string, isDryRun: boolean): Promise<Moved> =>
  answered(
    client.POST('/api/energy/imports/{import_id}/reassign', {
      params: { path: { import_id: id }, query: { dry_run: isDryRun } },
      body: { meter_id: meter },
      ...asTenant(tenant),
    }),
  );

/** What a load is called: its file, else what kind of load it is. */
export function titleOf({ file_name, kind }: Pick<Load, 'file_name' | 'kind'>): string {
  if (kind !== 'file' || file_name === '') return named('imports.kind', kind);
  return file_name.split('!').at(-1) ?? file_name;
}

/** The load that another one was moved from, where the note of a load says so. */
export const movedFrom = ({ note }: Pick<Load, 'note'>): string | undefined =>
  /^reassigned from ([0-9a-f-]{36})$/.exec(note)?.[1];

/** The state in words: what loads no file is not "loaded" when it is done. */
export const stateOf = ({ kind, status }: Pick<Load, 'kind' | 'status'>): string =>
  status === 'done' && ['undo', 'merge', 'derived', 'correction'].includes(kind)
    ? t('imports.status.finished')
    : named('imports.status', status);

/** Who loaded it; a job has a name of its own. */
export const whoOf = ({ actor, actor_name }: Pick<Load, 'actor' | 'actor_name'>): string =>
  actor_name || known('imports.actor', actor) || (actor.includes(':') ? t('imports.actor.gone') : actor);

/** Whether it can be taken back at all: what took something back cannot. */
export const isUndoable = ({ kind, status }: Pick<Load, 'kind' | 'status'>): boolean =>
  !['undo', 'merge', 'derived'].includes(kind) &&
  status !== 'undone' &&
  (status !== 'running' || kind === 'live') &&
  status !== 'failed' &&
  status !== 'refused';

/** Whether all of it went to one meter, so that it can be given to another. */
export function onlyMeter({ series }: Pick<LoadDetail, 'series'>): { readonly id: string; readonly name: string } | undefined {
  const [first] = series;
  if (first === undefined || first.meter_id === null) return undefined;
  return series.every(({ meter_id }) => meter_id === first.meter_id) ? { id: first.meter_id, name: first.name } : undefined;
}

/** The people of the rows, each once, by name. */
export function peopleOf(rows: readonly Load[]): { readonly actor: string; readonly name: string }[] {
  const found = new Map(rows.map((row) => [row.actor, whoOf(row)]));
  return [...found].map(([actor, name]) => ({ actor, name })).sort((a, b) => a.name.localeCompare(b.name));
}
