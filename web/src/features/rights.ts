/** What a person may do, and who may where they may not. The server decides each time; this only says it before. */
import type { Session } from '../api/types';
import { LOCALE } from '../format/number';
import { named } from '../format/text';

export type Action = Session['who_may'][number]['action'];

export interface Rights {
  /** Whether it is allowed: on an object page there, else anywhere in the organisation. */
  readonly may: (action: Action) => boolean;
  /** Who may, in words: "Energy manager or Administrator". */
  readonly whoMay: (action: Action) => string;
}

const roles = new Intl.ListFormat(LOCALE, { type: 'disjunction' });

/**
 * Args:
 *   here: What the server says may be done to the object of the page; undefined where there is none.
 */
export function rightsOf(session: Session, tenant: string, here?: readonly Action[]): Rights {
  const everywhere = session.memberships.filter((row) => row.tenant === tenant).flatMap(({ actions }) => actions);
  const held = new Set<Action>(here ?? everywhere);
  return {
    may: (action) => held.has(action),
    whoMay: (action) =>
      roles.format(
        (session.who_may.find((row) => row.action === action)?.roles ?? []).map((role) => named('role', role)),
      ),
  };
}
