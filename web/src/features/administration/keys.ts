/** API keys as the server tells them. */
import type { paths } from '../../api/schema';
import { edge } from '../../format/period';

type Json<Answer> = Answer extends { content: { 'application/json': infer Body } } ? Body : never;
export type Key = Json<paths['/api/energy/keys']['get']['responses'][200]>['keys'][number];
export type MadeKey = Json<paths['/api/energy/keys']['post']['responses'][201]>;

export const SCOPES = ['ingest', 'read'] as const satisfies readonly Key['scopes'][number][];

export type State = 'good' | 'expired' | 'revoked';

export function stateOf({ revoked_at, expires_at }: Pick<Key, 'revoked_at' | 'expires_at'>, now: number): State {
  if (revoked_at !== null) return 'revoked';
  return Date.parse(expires_at) <= now ? 'expired' : 'good';
}

/** The moment at which a key of that last day ends: the start of the next one where the person is; `2027-06-30`. */
export function endOf(day: string, zone: string): string | undefined {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number);
  const next = new Date(Date.UTC(year, month - 1, date + 1)).toISOString().slice(0, 10);
  const at = edge(`${next}T00:00`, zone);
  return at === undefined ? undefined : new Date(at).toISOString();
}
