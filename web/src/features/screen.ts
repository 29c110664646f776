/** What the app hands to each screen, and the addresses that screens link to. */
import type { PersonPreferences, Session, TenantPreferences } from '../api/types';
import type { Mode } from '../charts/tokens';
import type { Feed, FeedState } from '../live/feed';
import type { Rights } from './rights';

/** What an object page is about; a site is the asset at its root. */
export type ObjectKind = 'site' | 'asset' | 'meter';

export interface ScreenProps extends Rights {
  readonly tenant: string;
  readonly session: Session;
  /** What holds for everybody in the organisation: financial year, currency, carriers, units. */
  readonly preferences: TenantPreferences;
  /** The rest of the address: `{site}` on the pages of a site. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly feed: Feed;
  readonly feedState: FeedState;
  /** Rises when values may have been missed; screens fetch again. */
  readonly holes: number;
  readonly mode: Mode;
  /** Goes to an address of the app; `replace` leaves no step in the history. */
  readonly go: (href: string, options?: { replace?: boolean }) => void;
  /** Keeps choices of the person with the account; throws a refusal, and then nothing has changed. */
  readonly prefer: (change: Partial<PersonPreferences>) => Promise<void>;
  readonly signOut: () => void;
  /** A screen tells the session ended; the app asks to sign in over the page. */
  readonly onSignedOut: () => void;
}

const path = (tenant: string, ...parts: readonly string[]): string =>
  ['/t', tenant, ...parts].map((part, i) => (i === 0 ? part : encodeURIComponent(part))).join('/');

export const portfolioPath = (tenant: string): string => path(tenant, 'portfolio');
export const sitePath = (tenant: string, site: string): string => path(tenant, 'site', site);
/** A tab of an object page; the first tab, `now`, is the page itself. */
export const objectPath = (tenant: string, kind: ObjectKind, id: string, tab = 'now'): string =>
  tab === 'now' ? path(tenant, kind, id) : path(tenant, kind, id, tab);
/** Any other page: `pagePath(tenant, 'imports', id)`. */
export const pagePath = (tenant: string, ...parts: readonly string[]): string => path(tenant, ...parts);

/**
 * How often a screen reads its figures again: seldom while the socket brings them, often when it cannot. A socket that
 * is only just opening counts as one that works; else every page would ask for everything twice. [ms]
 */
export const refreshEvery = (state: FeedState): number =>
  state === 'live' || state === 'connecting' || state === 'paused' ? 300_000 : 15_000;
