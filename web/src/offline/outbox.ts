/**
 * What was typed with no signal and waits to be sent. Each request carries a key that this device made; the server
 * does a key once, so a request whose answer was lost is sent again without fear. Commands to plant never wait
 * here: what is right now may be dangerous later.
 */
import { removeWhere, within } from './database';

/** Addresses whose requests may wait: nothing that moves a machine, ever. */
export const MAY_WAIT = ['/api/energy/events'] as const;
export type WaitingPath = (typeof MAY_WAIT)[number];

export interface Draft {
  readonly account: string;
  readonly tenant: string;
  readonly path: WaitingPath;
  /** Exactly what is sent, each time: the server compares. */
  readonly body: string;
  /** What it is, for the list of what waits. */
  readonly about: string;
}

export interface Waiting extends Draft {
  /** Made on this device; sent as `Idempotency-Key`. */
  readonly key: string;
  readonly madeAt: number;
  readonly tries: number;
  /** Null until the first try. [ms] */
  readonly firstTriedAt: number | null;
  readonly notBefore: number;
  /** Why it is not tried again by itself: the server's sentence, or nothing for one that may have arrived. */
  readonly stuck: null | { readonly why: 'refused'; readonly text: string } | { readonly why: 'old' };
}

/** What became of a try. */
export type Reply =
  | { readonly kind: 'taken' }
  | { readonly kind: 'later'; readonly after?: number }
  | { readonly kind: 'signed_out' }
  | { readonly kind: 'refused'; readonly text: string };

export interface World {
  readonly db: IDBDatabase;
  readonly now: () => number;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly send: (waiting: Waiting) => Promise<Reply>;
}

const FIRST_WAIT = 2_000;
const LONGEST_WAIT = 300_000;
/** The server remembers a key for 7 days; a day less, for clocks that differ. [ms] */
const KEY_LIVES = 6 * 86_400_000;
/** What nobody came back for. [ms] */
const KEPT_FOR = 14 * 86_400_000;

/** Puts a request into the queue; it is on the disk when this resolves. */
export async function post({ db, now }: World, draft: Draft, key: string): Promise<Waiting> {
  const waiting: Waiting = {
    ...draft,
    key,
    madeAt: now(),
    tries: 0,
    firstTriedAt: null,
    notBefore: 0,
    stuck: null,
  };
  await within(db, 'outbox', (store) => store.put(waiting));
  return waiting;
}

/** What waits of a person, oldest first. */
export async function waitingOf(db: IDBDatabase, account: string): Promise<Waiting[]> {
  const rows = await within(db, 'outbox', (store) => store.all());
  return rows.filter((row) => row.account === account).sort((a, b) => a.madeAt - b.madeAt || (a.key < b.key ? -1 : 1));
}

export const discard = (db: IDBDatabase, key: string): Promise<unknown> =>
  within(db, 'outbox', (store) => store.remove(key));

/** Removes everything of a person: they signed out, and were warned. */
export const discardAll = (db: IDBDatabase, account: string): Promise<number> =>
  removeWhere(db, 'outbox', (row) => row.account === account);

/** Removes what is so old that nobody will come back for it. */
export const expire = (db: IDBDatabase, now: number): Promise<number> =>
  removeWhere(db, 'outbox', (row) => now - row.madeAt > KEPT_FOR);

/** Changes a request that still waits; one that was sent or discarded meanwhile stays gone. */
const change = (db: IDBDatabase, key: string, next: Partial<Waiting>): Promise<Waiting | undefined> =>
  within(db, 'outbox', async (store) => {
    const held = await store.get(key);
    if (held === undefined) return undefined;
    const changed = { ...held, ...next };
    await store.put(changed);
    return changed;
  });

/**
 * Sends what waits, oldest first, and stops at the first that cannot be sent now: later notes may hang on earlier.
 *
 * Args:
 *   isEager: The server has just been reached: no wait of an earlier failure counts.
 *
 * Returns:
 *   When to try again [ms]; undefined where nothing waits that could be sent by itself.
 */
export async function flush(world: World, account: string, isEager = false): Promise<number | undefined> {
  const { db, now, random, send } = world;
  for (const row of await waitingOf(db, account)) {
    if (row.stuck !== null) continue;
    if (row.firstTriedAt !== null && now() - row.firstTriedAt > KEY_LIVES) {
      // It may have arrived, and the server has forgotten its key: only its author can tell.
      await change(db, row.key, { stuck: { why: 'old' } });
      continue;
    }
    if (!isEager && row.notBefore > now()) return row.notBefore;
    // Written before it is sent: a tab that dies now leaves a request that is known to have been tried.
    const tried = await change(db, row.key, { tries: row.tries + 1, firstTriedAt: row.firstTriedAt ?? now() });
    if (tried === undefined) continue;
    const reply = await send(tried);
    if (reply.kind === 'taken') {
      await discard(db, row.key);
    } else if (reply.kind === 'refused') {
      await change(db, row.key, { stuck: { why: 'refused', text: reply.text } });
    } else if (reply.kind === 'signed_out') {
      return undefined;
    } else {
      const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (tried.tries - 1)) * (0.5 + random() / 2);
      const notBefore = now() + Math.max(wait, reply.after ?? 0);
      await change(db, row.key, { notBefore });
      return notBefore;
    }
  }
  return undefined;
}

/** Lets a stuck request go again; one whose key the server has forgotten goes as a new one. */
export const again = (db: IDBDatabase, key: string, fresh: string): Promise<void> =>
  within(db, 'outbox', async (store) => {
    const held = await store.get(key);
    if (held === undefined) return;
    const next = { ...held, stuck: null, notBefore: 0 };
    if (held.stuck?.why === 'old') {
      await store.remove(key);
      await store.put({ ...next, key: fresh, tries: 0, firstTriedAt: null });
    } else {
      await store.put(next);
    }
  });
