/** What the app hands to each screen, and the addresses that screens link to. */
import type { Mode } from '../charts/tokens';
import type { Feed, FeedState } from '../live/feed';

export interface ScreenProps {
  readonly tenant: string;
  /** The rest of the address: `{site}` on the site screen. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly feed: Feed;
  readonly feedState: FeedState;
  /** Rises when values may have been missed; screens fetch again. */
  readonly holes: number;
  readonly mode: Mode;
  /** Goes to an address of the app; `replace` leaves no step in the history. */
  readonly go: (href: string, options?: { replace?: boolean }) => void;
  /** A screen tells the session ended; the app asks to sign in over the page. */
  readonly onSignedOut: () => void;
}

export const portfolioPath = (tenant: string): string => `/t/${encodeURIComponent(tenant)}/portfolio`;
export const sitePath = (tenant: string, site: string): string =>
  `/t/${encodeURIComponent(tenant)}/site/${encodeURIComponent(site)}`;

/** How often a screen reads its figures again: seldom while the socket brings them, often when it cannot. [ms] */
export const refreshEvery = (state: FeedState): number => (state === 'live' ? 300_000 : 15_000);
