/** People of the organisation as the server tells them, and what can be done. */
import { answered, asTenant, client } from '../../api/client';
import type { paths } from '../../api/schema';
import { named, t } from '../../format/text';

type Json<Answer> = Answer extends { content: { 'application/json': infer Body } } ? Body : never;

export type People = Json<paths['/api/energy/people']['get']['responses'][200]>;
export type Person = People['people'][number];
export type Place = People['places'][number];
export type Grant = Person['grants'][number];
export type MadeInvitation = Json<paths['/api/energy/people']['post']['responses'][201]>;

/** Roles that a person can have; keys have their own. */
export const ROLES = [
  'executive',
  'energy_manager',
  'facilities',
  'sustainability',
  'asset_manager',
  'technician',
  'administrator',
] as const satisfies readonly Grant['role'][];

/** One role as the form holds it. */
export interface GrantDraft {
  readonly role: Grant['role'];
  readonly scope_kind: Grant['scope_kind'];
  readonly scope_id: string | null;
  /** What the place is called, where that is known. */
  readonly name: string;
}

export const EVERYWHERE: GrantDraft = { role: 'facilities', scope_kind: 'tenant', scope_id: null, name: '' };

export const draftsOf = (grants: readonly Grant[], places: readonly Place[]): GrantDraft[] =>
  grants.map((grant) => ({ ...grant, name: places.find(({ id }) => id === grant.scope_id)?.name ?? '' }));

/** A role that holds somewhere needs to say where. */
export const isPlaced = ({ scope_kind, scope_id }: GrantDraft): boolean => (scope_kind === 'tenant') === (scope_id === null);

export const grantsOf = (drafts: readonly GrantDraft[]): Grant[] =>
  drafts.map(({ role, scope_kind, scope_id }) => ({ role, scope_kind, scope_id }));

/** Where a role holds, in words; a place that has no name here by its kind and the head of its id. */
export function whereOf({ scope_kind, scope_id }: Grant, names: ReadonlyMap<string, string>): string {
  if (scope_id === null) return t('admin.everything');
  return names.get(scope_id) ?? t('people.scope.kept', { kind: named('people.scope_kind', scope_kind), id: scope_id.slice(0, 8) });
}

/** A link that works once; what follows # never reaches a log of the server. */
export const linkOf = (origin: string, code: string): string => `${origin}/sign-in#invitation=${encodeURIComponent(code)}`;

export const isEmail = (text: string): boolean => /^[^@\s]+@[^@\s]+$/.test(text);

export const readPeople = (tenant: string, signal: AbortSignal): Promise<People> =>
  answered(client.GET('/api/energy/people', { signal, ...asTenant(tenant) }));

export const invite = (tenant: string, body: { email: string; name: string; grants: Grant[] }): Promise<MadeInvitation> =>
  answered(client.POST('/api/energy/people', { body, ...asTenant(tenant) }));

const at = (tenant: string, id: string) => ({ params: { path: { account_id: id } }, ...asTenant(tenant) });

export const changePerson = (tenant: string, id: string, body: { name: string; is_disabled: boolean; grants: Grant[] }): Promise<Person> =>
  answered(client.PUT('/api/energy/people/{account_id}', { body, ...at(tenant, id) }));

export const removePerson = (tenant: string, id: string): Promise<unknown> =>
  answered(client.DELETE('/api/energy/people/{account_id}', at(tenant, id)));

export const resetPassword = (tenant: string, id: string) =>
  answered(client.POST('/api/energy/people/{account_id}/reset', at(tenant, id)));

export const withdraw = (tenant: string, id: string): Promise<unknown> =>
  answered(
    client.DELETE('/api/energy/people/invitations/{invitation_id}', {
      params: { path: { invitation_id: id } },
      ...asTenant(tenant),
    }),
  );
