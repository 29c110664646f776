/**
 * What this device keeps, as state for pages: the sites of who is signed in, and what waits to be sent. All of it is
 * one database; where a browser refuses one, nothing is kept and the app runs as ever.
 */
import { untrack } from 'svelte';

import { answered, asTenant, client } from '../api/client';
import type { Session } from '../api/types';
import { contact, watchContact } from './contact.svelte';
import { openDatabase } from './database';
import {
  MOST_SITES,
  choose,
  claim,
  forgetAll,
  forgetRead,
  isKeeping,
  keepOnly,
  keepSite,
  keptSites,
  rememberSession,
  rememberedSession,
  type KeptSite,
} from './kept-sites';
import * as outbox from './outbox';
import { readSite } from './read-site';
import { sendOnce } from './sending';
import { askForUpdate } from './updates.svelte';

/** A kept site is read anew when it is older. [ms] */
const FRESH_FOR = 1_800_000;
/** How often that is looked at, and how long after a page has opened. [ms] */
const LOOK_EVERY = 60_000;
const FIRST_LOOK = 10_000;
/** One tab sends at a time. */
const SENDING = 'aegrid-outbox';

let opened: Promise<IDBDatabase | undefined> | undefined;
let account: string | undefined;
let session: Session | undefined;
let waiting = $state.raw<readonly outbox.Waiting[]>([]);
let sites = $state.raw<readonly KeptSite[]>([]);
let keeps = $state(false);
let isPossible = $state(true);
let isReading = $state(false);
/** Pages that show what is kept, and say so. */
let readers = $state(0);
let sendTimer: ReturnType<typeof setTimeout> | undefined;

const database = (): Promise<IDBDatabase | undefined> =>
  (opened ??= openDatabase(window.indexedDB).catch(() => {
    isPossible = false;
    return undefined;
  }));

const world = (db: IDBDatabase): outbox.World => ({ db, now: Date.now, random: Math.random, send: (row) => sendOnce(row) });

async function lookAtWaiting(): Promise<void> {
  const db = await database();
  waiting = db === undefined || account === undefined ? [] : await outbox.waitingOf(db, account);
}

/** Sends what waits; other tabs stand back meanwhile. */
async function send(isEager = false): Promise<void> {
  const [db, mine] = [await database(), account];
  if (db === undefined || mine === undefined) return;
  clearTimeout(sendTimer);
  const run = async (): Promise<number | undefined> => outbox.flush(world(db), mine, isEager);
  // Without locks (old browsers) two tabs may send the same: the server does it once by its key.
  const next = await (navigator.locks?.request(SENDING, run) ?? run());
  await lookAtWaiting();
  if (next !== undefined) sendTimer = setTimeout(() => void send(), Math.max(1_000, next - Date.now()));
}

/** Forgets what was read: the session has ended. What was typed waits for its author. */
async function sessionEnded(): Promise<void> {
  sites = [];
  const db = await database();
  if (db !== undefined) await forgetRead(db);
}

/** Call once, when the app starts. */
export function watchPhone(): void {
  watchContact({
    back: () => {
      askForUpdate();
      void send(true);
    },
    signedOut: () => void sessionEnded(),
  });
}

/** Who may keep what: an administrator can forbid it for the whole organisation. */
const isAllowed = (tenant: string): boolean =>
  session?.tenants.find((row) => row.tenant === tenant)?.preferences.is_offline_allowed ?? false;

async function refresh(tenant: string, chosen: readonly string[], signal: AbortSignal): Promise<void> {
  const [db, mine] = [await database(), account];
  if (db === undefined || mine === undefined || !keeps || contact.isCut || document.hidden) return;
  const wanted = chosen.slice(0, MOST_SITES);
  await keepOnly(db, tenant, new Set(wanted));
  const held = new Map((await keptSites(db, mine, tenant, Date.now())).map((row) => [row.site, row.savedAt]));
  const old = wanted.filter((id) => Date.now() - (held.get(id) ?? 0) > FRESH_FOR);
  isReading = old.length > 0;
  try {
    if (old.length > 0) {
      const overview = await answered(client.GET('/api/energy/overview', { signal, ...asTenant(tenant) }));
      for (const row of overview.sites.filter(({ id }) => old.includes(id))) {
        const read = await readSite(mine, tenant, row, Date.now(), signal);
        // Signed out, or told to keep nothing, while it was read.
        if (account !== mine || !keeps) return;
        await keepSite(db, read);
      }
      if (session !== undefined) await rememberSession(db, session, Date.now());
    }
  } catch {
    // No signal, or no session: what is held stays, and it is tried again at the next look.
  } finally {
    isReading = false;
  }
  sites = await keptSites(db, mine, tenant, Date.now());
}

export const phone = {
  /** Whether this browser keeps anything at all. */
  get isPossible(): boolean {
    return isPossible;
  },
  /** Whether the sites of the organisation that is shown are kept. */
  get keeps(): boolean {
    return keeps;
  },
  get isReading(): boolean {
    return isReading;
  },
  /** A page shows what is kept, and says how old that is. */
  get isRead(): boolean {
    return readers > 0;
  },
  /** Such a page stands, until the returned function is called. */
  reads(): () => void {
    untrack(() => (readers += 1));
    return () => (readers -= 1);
  },
  /** The kept sites of the organisation that is shown. */
  get sites(): readonly KeptSite[] {
    return sites;
  },
  /** What waits to be sent, oldest first. */
  get waiting(): readonly outbox.Waiting[] {
    return waiting;
  },

  isAllowed,

  /** Somebody is signed in: what belongs to others goes, what waits of theirs is sent. */
  async enter(next: Session): Promise<void> {
    session = next;
    account = next.account.id;
    const db = await database();
    if (db === undefined) return;
    await claim(db, next.account.id, Date.now());
    await outbox.expire(db, Date.now());
    await lookAtWaiting();
    if (!contact.isCut) await send(true);
  },

  /** The choices of the person have changed: a start with no signal knows them too. */
  async know(next: Session): Promise<void> {
    if (next.account.id !== account) return;
    session = next;
    const db = await database();
    if (db !== undefined && keeps && account !== undefined) await rememberSession(db, next, Date.now());
  },

  /** Who was signed in here last, for a start with no signal. */
  async remembered(): Promise<Session | undefined> {
    const db = await database();
    return db === undefined ? undefined : rememberedSession(db, Date.now());
  },

  sessionEnded,

  /** Somebody signs out: everything of theirs goes, unsent notes too. Warn before. */
  async leave(): Promise<void> {
    const [db, mine] = [await database(), account];
    account = undefined;
    session = undefined;
    [waiting, sites, keeps] = [[], [], false];
    clearTimeout(sendTimer);
    if (db === undefined || mine === undefined) return;
    await forgetAll(db);
    await outbox.discardAll(db, mine);
  },

  /** An organisation is shown; keeps its chosen sites fresh until the returned function is called. */
  show(tenant: string, chosen: () => readonly string[]): () => void {
    const leaving = new AbortController();
    const look = (): void => void refresh(tenant, chosen(), leaving.signal);
    let timer: ReturnType<typeof setInterval> | undefined;
    let first: ReturnType<typeof setTimeout> | undefined;
    [sites, keeps] = [[], false];
    void (async () => {
      const [db, mine] = [await database(), account];
      if (db === undefined || mine === undefined || leaving.signal.aborted) return;
      if (!isAllowed(tenant)) return choose(db, mine, tenant, false);
      const held = await keptSites(db, mine, tenant, Date.now());
      if (leaving.signal.aborted) return;
      keeps = await isKeeping(db, mine, tenant);
      sites = held;
      // The page that opens comes first.
      first = setTimeout(look, FIRST_LOOK);
      timer = setInterval(look, LOOK_EVERY);
    })();
    return () => {
      leaving.abort();
      clearTimeout(first);
      clearInterval(timer);
    };
  },

  /** Keeps the chosen sites of an organisation on this device from now on, or no longer. */
  async keep(tenant: string, wanted: boolean, chosen: readonly string[]): Promise<void> {
    const [db, mine] = [await database(), account];
    if (db === undefined || mine === undefined || !isAllowed(tenant)) return;
    keeps = wanted;
    await choose(db, mine, tenant, wanted);
    if (wanted) await refresh(tenant, chosen, new AbortController().signal);
    else sites = [];
  },

  /** Sends a request now, or when there is a signal again; it is safe on this device when this resolves. */
  async post(draft: Omit<outbox.Draft, 'account'>): Promise<void> {
    const [db, mine] = [await database(), account];
    if (db === undefined || mine === undefined) throw new Error('nothing can be kept on this device');
    await outbox.post(world(db), { ...draft, account: mine }, crypto.randomUUID());
    await lookAtWaiting();
    await send(true);
  },

  /** Tries all again, at once. */
  sendNow: (): Promise<void> => send(true),

  async discard(key: string): Promise<void> {
    const db = await database();
    if (db !== undefined) await outbox.discard(db, key);
    await lookAtWaiting();
  },

  /** Lets one that is stuck go again. */
  async again(key: string): Promise<void> {
    const db = await database();
    if (db !== undefined) await outbox.again(db, key, crypto.randomUUID());
    await send(true);
  },
};
