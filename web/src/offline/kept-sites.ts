/**
 * The last days of chosen sites on this device: whose they are, and when they go. They belong to one person in one
 * organisation, and never outlive a sign-out, another person's sign-in, a session that ended, or 14 days.
 */
import type { Consumption, Session, SiteRow } from '../api/types';
import { DAY } from '../format/time';
import { removeWhere, within } from './database';

/** A device keeps at most this many sites of an organisation. */
export const MOST_SITES = 50;
/** What was kept goes after this, however it was left. [ms] */
export const KEPT_FOR = 14 * DAY;

export interface KeptSite {
  readonly account: string;
  readonly tenant: string;
  readonly site: string;
  /** The site as the portfolio showed it. */
  readonly row: SiteRow;
  /** The days it covers, whole local days of the site. [ms] */
  readonly from: number;
  readonly to: number;
  /** One answer a carrier, in half hours where the data is that fine. */
  readonly carriers: readonly Consumption[];
  /** When the server said it. [ms] */
  readonly savedAt: number;
}

const SESSION = 'session';
const choiceOf = (account: string, tenant: string): string => `keeps ${account} ${tenant}`;

/** Removes what belongs to anybody else, and what is too old. Call when somebody is signed in. */
export async function claim(db: IDBDatabase, account: string, now: number): Promise<void> {
  await removeWhere(db, 'sites', (row) => row.account !== account || now - row.savedAt > KEPT_FOR);
  await removeWhere(db, 'facts', (fact) => fact.account !== account || isOld(fact.value, now));
}

const isOld = (value: unknown, now: number): boolean => {
  const { savedAt } = (value ?? {}) as { savedAt?: unknown };
  return typeof savedAt === 'number' && now - savedAt > KEPT_FOR;
};

/** Removes what was read; the choice to keep stays, so that it fills again after signing in. */
export async function forgetRead(db: IDBDatabase): Promise<void> {
  await removeWhere(db, 'sites', () => true);
  await removeWhere(db, 'facts', ({ name }) => name === SESSION);
}

/** Removes everything that was read or chosen: somebody signed out. */
export async function forgetAll(db: IDBDatabase): Promise<void> {
  await removeWhere(db, 'sites', () => true);
  await removeWhere(db, 'facts', () => true);
}

/** Sites of an organisation that are kept here and young enough. */
export async function keptSites(db: IDBDatabase, account: string, tenant: string, now: number): Promise<KeptSite[]> {
  const rows = await within(db, 'sites', (store) => store.all());
  return rows.filter(
    (row) => row.account === account && row.tenant === tenant && now - row.savedAt <= KEPT_FOR,
  );
}

export const keepSite = (db: IDBDatabase, row: KeptSite): Promise<unknown> =>
  within(db, 'sites', (store) => store.put(row));

/** Removes the sites of an organisation that are not chosen (any more). */
export const keepOnly = (db: IDBDatabase, tenant: string, chosen: ReadonlySet<string>): Promise<number> =>
  removeWhere(db, 'sites', (row) => row.tenant === tenant && !chosen.has(row.site));

/** Whether this person chose to keep sites of an organisation on this device. */
export async function isKeeping(db: IDBDatabase, account: string, tenant: string): Promise<boolean> {
  return (await within(db, 'facts', (store) => store.get(choiceOf(account, tenant)))) !== undefined;
}

export async function choose(db: IDBDatabase, account: string, tenant: string, keeps: boolean): Promise<void> {
  const name = choiceOf(account, tenant);
  await within(db, 'facts', (store) => (keeps ? store.put({ name, account, value: true }) : store.remove(name)));
  if (!keeps) await keepOnly(db, tenant, new Set());
}

interface Remembered {
  readonly session: Session;
  readonly savedAt: number;
}

/** Who was signed in, so that the app can open with no signal; only where sites are kept. */
export const rememberSession = (db: IDBDatabase, session: Session, now: number): Promise<unknown> =>
  within(db, 'facts', (store) =>
    store.put({ name: SESSION, account: session.account.id, value: { session, savedAt: now } satisfies Remembered }),
  );

export async function rememberedSession(db: IDBDatabase, now: number): Promise<Session | undefined> {
  const fact = await within(db, 'facts', (store) => store.get(SESSION));
  if (fact === undefined || isOld(fact.value, now)) return undefined;
  return (fact.value as Remembered).session;
}
