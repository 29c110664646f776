import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, describe, expect, test } from 'vitest';

import { openDatabase } from './database';
import { again, discard, discardAll, expire, flush, post, waitingOf, type Draft, type Reply, type World } from './outbox';

const DAY = 86_400_000;
const draft = (text: string, account = 'ann'): Draft => ({
  account,
  tenant: 'demo',
  path: '/api/energy/events',
  body: JSON.stringify({ text }),
  about: text,
});

/** A repeatable run of numbers in [0, 1). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

let db: IDBDatabase;
let now: number;
let factory: IDBFactory;
beforeEach(async () => {
  factory = new IDBFactory();
  db = await openDatabase(factory);
  now = Date.UTC(2026, 10, 25);
});
const world = (send: World['send'], random: () => number = () => 0): World => ({ db, now: () => now, random, send });
const taken = (): Promise<Reply> => Promise.resolve({ kind: 'taken' });
const later = (): Promise<Reply> => Promise.resolve({ kind: 'later' });

test('what waits survives the closing of the tab, and goes in the order it was written', async () => {
  await post(world(taken), draft('first'), 'key-2');
  now += 1;
  await post(world(taken), draft('second'), 'key-1');
  db.close();
  db = await openDatabase(factory);
  const sent: string[] = [];
  const left = await flush(
    world(async ({ about }) => {
      sent.push(about);
      return { kind: 'taken' };
    }),
    'ann',
  );
  expect(sent).toEqual(['first', 'second']);
  expect(left).toBeUndefined();
  expect(await waitingOf(db, 'ann')).toEqual([]);
});

test('a failed try waits longer each time, at most five minutes, and keeps its key and body', async () => {
  await post(world(later), draft('note'), 'key');
  const waits: number[] = [];
  for (let i = 0; i < 10; i += 1) {
    const next = (await flush(world(later), 'ann')) ?? 0;
    waits.push(next - now);
    now = next;
  }
  expect(waits.slice(0, 3)).toEqual([1_000, 2_000, 4_000]);
  expect(waits.at(-1)).toBe(150_000);
  const [row] = await waitingOf(db, 'ann');
  expect(row).toMatchObject({ key: 'key', body: '{"text":"note"}', tries: 10 });
});

test('a try before its time is not made, but for a server that has just come back', async () => {
  await post(world(later), draft('note'), 'key');
  const next = await flush(world(later), 'ann');
  let tries = 0;
  const count = world(() => {
    tries += 1;
    return later();
  });
  expect(await flush(count, 'ann')).toBe(next);
  expect(tries).toBe(0);
  await flush(count, 'ann', true);
  expect(tries).toBe(1);
});

test('a server that says how long to wait is waited for', async () => {
  await post(world(later), draft('note'), 'key');
  expect(await flush(world(async () => ({ kind: 'later', after: 60_000 })), 'ann')).toBe(now + 60_000);
});

test('what the server refuses is kept with its reason, tried no more, and does not hold up the others', async () => {
  await post(world(taken), draft('bad'), 'key-1');
  now += 1;
  await post(world(taken), draft('good'), 'key-2');
  const send: World['send'] = async ({ about }) =>
    about === 'bad' ? { kind: 'refused', text: 'No such site.' } : { kind: 'taken' };
  expect(await flush(world(send), 'ann')).toBeUndefined();
  const [left, ...others] = await waitingOf(db, 'ann');
  expect(others).toEqual([]);
  expect(left?.stuck).toEqual({ why: 'refused', text: 'No such site.' });
  await again(db, 'key-1', 'unused');
  expect((await waitingOf(db, 'ann'))[0]).toMatchObject({ key: 'key-1', stuck: null });
});

test('one person never sends what another wrote', async () => {
  await post(world(taken), draft('of ann', 'ann'), 'key-1');
  const sent: string[] = [];
  const note = world(async ({ about }) => {
    sent.push(about);
    return { kind: 'taken' };
  });
  await flush(note, 'bob');
  expect(sent).toEqual([]);
  await flush(note, 'ann');
  expect(sent).toEqual(['of ann']);
});

test('a session that has ended keeps everything for the next one', async () => {
  await post(world(taken), draft('note'), 'key');
  expect(await flush(world(async () => ({ kind: 'signed_out' })), 'ann')).toBeUndefined();
  expect(await waitingOf(db, 'ann')).toHaveLength(1);
});

test('one whose key the server may have forgotten is not sent by itself, and goes under a new key when told', async () => {
  await post(world(later), draft('note'), 'key');
  await flush(world(later), 'ann');
  now += 7 * DAY;
  let tries = 0;
  const count = world(() => {
    tries += 1;
    return taken();
  });
  await flush(count, 'ann');
  expect(tries).toBe(0);
  expect((await waitingOf(db, 'ann'))[0]?.stuck).toEqual({ why: 'old' });
  await again(db, 'key', 'fresh');
  expect((await waitingOf(db, 'ann')).map(({ key }) => key)).toEqual(['fresh']);
  await flush(count, 'ann');
  expect(tries).toBe(1);
});

test('one that waited long but was never tried is simply sent', async () => {
  await post(world(taken), draft('note'), 'key');
  now += 10 * DAY;
  await flush(world(taken), 'ann');
  expect(await waitingOf(db, 'ann')).toEqual([]);
});

test('what is discarded while it is being sent does not come back', async () => {
  await post(world(taken), draft('note'), 'key');
  await flush(
    world(async ({ key }) => {
      await discard(db, key);
      return { kind: 'later' };
    }),
    'ann',
  );
  expect(await waitingOf(db, 'ann')).toEqual([]);
});

test('signing out and two weeks remove what waits', async () => {
  await post(world(taken), draft('of ann', 'ann'), 'key-1');
  await post(world(taken), draft('of bob', 'bob'), 'key-2');
  expect(await discardAll(db, 'ann')).toBe(1);
  expect(await expire(db, now + 13 * DAY)).toBe(0);
  expect(await expire(db, now + 15 * DAY)).toBe(1);
});

/** A server that does each key once and answers alike, as ours does; `mood` breaks what lies between. */
class Server {
  readonly known = new Map<string, string>();
  /** What was really done, in order. */
  readonly effects: string[] = [];
  constructor(readonly mood: () => 'well' | 'unreached' | 'reply lost' | 'busy' | 'unavailable' | 'tab dies') {}
  send = async ({ key, body }: { key: string; body: string }): Promise<Reply> => {
    const mood = this.mood();
    if (mood === 'unreached' || mood === 'unavailable' || mood === 'busy') return { kind: 'later' };
    const known = this.known.get(key);
    if (known === undefined) {
      this.known.set(key, body);
      this.effects.push(body);
    } else if (known !== body) {
      return { kind: 'refused', text: 'The key was used for something else.' };
    }
    if (mood === 'tab dies') throw new Error('the tab is gone');
    return mood === 'reply lost' ? { kind: 'later' } : { kind: 'taken' };
  };
}

describe('whatever fails, each request is done once', () => {
  test.each(Array.from({ length: 60 }, (_, seed) => seed))('run %i', async (seed) => {
    const random = numbers(seed);
    let isWell = false;
    const moods = ['well', 'unreached', 'reply lost', 'busy', 'unavailable', 'tab dies'] as const;
    const server = new Server(() => (isWell ? 'well' : (moods[Math.floor(random() * moods.length)] ?? 'well')));
    const posted = new Map<string, string>();
    for (let step = 0; step < 40; step += 1) {
      now += Math.floor(random() * 120_000);
      if (random() < 0.3 && posted.size < 8) {
        const key = `key-${String(posted.size)}`;
        const note = draft(`note ${String(posted.size)} of run ${String(seed)}`);
        posted.set(key, note.body);
        await post(world(server.send, random), note, key);
      }
      // Two tabs at once now and then, and a tab that dies in the middle.
      const tabs = random() < 0.3 ? 2 : 1;
      const ways = Array.from({ length: tabs }, () => flush(world(server.send, random), 'ann', random() < 0.5));
      await Promise.allSettled(ways);
      if (random() < 0.2) {
        db.close();
        db = await openDatabase(factory);
      }
    }
    isWell = true;
    await flush(world(server.send, random), 'ann', true);
    expect(await waitingOf(db, 'ann')).toEqual([]);
    expect(server.effects.sort()).toEqual([...posted.values()].sort());
    expect([...server.known.keys()].sort()).toEqual([...posted.keys()].sort());
  });
});
