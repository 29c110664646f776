import { beforeEach, describe, expect, test } from 'vitest';

import { assetTopic, meterTopic, openFeed, type Feed, type FeedState, type SocketEvents } from './feed';
import { parse, type LiveValue } from './messages';

/** The world of one feed, moved by hand. */
class World {
  sockets: { events: SocketEvents; sent: unknown[]; isClosed: boolean }[] = [];
  timers: { ms: number; run: () => void; isOff: boolean }[] = [];
  frames: (() => void)[] = [];
  states: FeedState[] = [];
  holes = 0;
  feed: Feed;

  constructor() {
    this.feed = openFeed(
      {
        open: (events) => {
          const socket = { events, sent: [] as unknown[], isClosed: false };
          this.sockets.push(socket);
          return {
            send: (text) => socket.sent.push(JSON.parse(text)),
            close: () => {
              socket.isClosed = true;
              events.closed(1000);
            },
          };
        },
        later: (ms, run) => {
          const timer = { ms, run, isOff: false };
          this.timers.push(timer);
          return () => (timer.isOff = true);
        },
        frame: (run) => this.frames.push(run),
        random: () => 1,
      },
      { state: (state) => this.states.push(state), hole: () => (this.holes += 1) },
    );
  }

  get socket() {
    const last = this.sockets.at(-1);
    if (last === undefined) throw new Error('no socket');
    return last;
  }
  get waits(): number[] {
    return this.timers.map(({ ms }) => ms);
  }
  say(type: string, seq: number, values: Partial<LiveValue>[] = []): void {
    const full = values.map((value) => ({
      asset_id: 'a',
      metric: 'power_kw',
      at: '2026-11-25T00:00:00Z',
      quality: 'actual',
      value: 1,
      ...value,
    }));
    this.socket.events.message(JSON.stringify({ type, seq, sent_at: '2026-11-25T00:00:00Z', values: full }));
  }
  draw(): void {
    for (const run of this.frames.splice(0)) run();
  }
  wake(): void {
    const timer = this.timers.at(-1);
    if (timer && !timer.isOff) timer.run();
  }
}

let world: World;
let taken: LiveValue[];
beforeEach(() => {
  world = new World();
  taken = [];
});
const watch = (id = 'a'): (() => void) => world.feed.watch(assetTopic(id), (value) => taken.push(value));

describe('topics', () => {
  test('are asked for once, however many watch, and given back by the last', () => {
    world.socket.events.opened();
    const [first, second] = [watch(), watch()];
    first();
    second();
    expect(world.socket.sent).toEqual([
      { type: 'subscribe', topics: [] },
      { type: 'subscribe', topics: ['asset:a'] },
      { type: 'unsubscribe', topics: ['asset:a'] },
    ].filter(({ topics }) => topics.length > 0));
  });

  test('watched before the socket opened are asked for when it does', () => {
    watch();
    watch('b');
    world.socket.events.opened();
    expect(world.socket.sent).toEqual([{ type: 'subscribe', topics: ['asset:a', 'asset:b'] }]);
  });
});

describe('values', () => {
  beforeEach(() => {
    watch();
    world.socket.events.opened();
  });

  test('are conflated to the latest of each metric, once a frame', () => {
    world.say('snapshot', 0, [{ value: 1, at: '2026-11-25T00:00:00Z' }]);
    world.say('delta', 1, [{ value: 2, at: '2026-11-25T00:00:01Z' }, { metric: 'energy_kwh', value: 9 }]);
    world.say('delta', 2, [{ value: 3, at: '2026-11-25T00:00:02Z' }]);
    expect(taken).toEqual([]);
    expect(world.frames).toHaveLength(1);
    world.draw();
    expect(taken.map(({ metric, value }) => [metric, value])).toEqual([['power_kw', 3], ['energy_kwh', 9]]);
  });

  test('that are older than the one in hand are dropped', () => {
    world.say('delta', 0, [{ value: 5, at: '2026-11-25T00:00:09Z' }]);
    world.say('delta', 1, [{ value: 4, at: '2026-11-25T00:00:08Z' }]);
    world.draw();
    expect(taken.map(({ value }) => value)).toEqual([5]);
  });

  test('of a meter by itself do not reach those who watch its asset, nor theirs it', () => {
    const own: LiveValue[] = [];
    world.feed.watch(meterTopic('m'), (value) => own.push(value));
    world.say('snapshot', 1, [{ value: 5 }, { value: 3, meter_id: 'm' }]);
    world.draw();
    expect([taken.map(({ value }) => value), own.map(({ value }) => value)]).toEqual([[5], [3]]);
  });

  test('of assets that nobody watches reach nobody', () => {
    world.say('delta', 0, [{ asset_id: 'z' }]);
    world.draw();
    expect(taken).toEqual([]);
  });
});

describe('a lost message', () => {
  test('is seen by its number: everything is asked for again and the hole is told', () => {
    watch();
    world.socket.events.opened();
    world.say('snapshot', 4);
    world.say('delta', 5);
    expect(world.holes).toBe(0);
    world.say('delta', 7, [{ value: 8 }]);
    expect(world.holes).toBe(1);
    expect(world.socket.sent.at(-1)).toEqual({ type: 'subscribe', topics: ['asset:a'] });
    world.draw();
    expect(taken.map(({ value }) => value)).toEqual([8]);
  });

  test('numbers start anew with each connection', () => {
    world.socket.events.opened();
    world.say('snapshot', 90);
    world.socket.events.closed(1006);
    world.wake();
    world.socket.events.opened();
    const before = world.holes;
    world.say('snapshot', 0);
    expect(world.holes).toBe(before);
  });
});

describe('a broken connection', () => {
  test('is tried again, longer each time up to half a minute, and resets when it opens', () => {
    for (let i = 0; i < 9; i++) {
      world.socket.events.closed(1006);
      world.wake();
    }
    expect(world.waits).toEqual([500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
    world.socket.events.opened();
    world.socket.events.closed(1006);
    expect(world.waits.at(-1)).toBe(500);
  });

  test('comes back with its topics and tells the hole', () => {
    watch();
    world.socket.events.opened();
    world.socket.events.closed(1013);
    world.wake();
    world.socket.events.opened();
    expect(world.socket.sent).toEqual([{ type: 'subscribe', topics: ['asset:a'] }]);
    expect(world.holes).toBe(1);
    expect(world.states).toEqual(['connecting', 'live', 'reconnecting', 'live']);
  });

  test('by a restart of the server spreads over ten seconds', () => {
    world.socket.events.opened();
    world.socket.events.closed(1012);
    expect(world.waits).toEqual([10_000]);
  });

  test.each([
    [4401, 'signed_out'],
    [4403, 'withdrawn'],
  ] as const)('with code %d is final: %s', (code, state) => {
    world.socket.events.opened();
    world.socket.events.closed(code);
    world.feed.pause();
    world.feed.resume();
    expect(world.states.at(-1)).toBe(state);
    expect(world.timers).toEqual([]);
    expect(world.sockets).toHaveLength(1);
  });
});

describe('a hidden tab', () => {
  test('has no socket, and comes back with a new one', () => {
    watch();
    world.socket.events.opened();
    world.feed.pause();
    expect(world.socket.isClosed).toBe(true);
    expect(world.timers).toEqual([]);
    world.feed.resume();
    world.socket.events.opened();
    expect(world.sockets).toHaveLength(2);
    expect(world.states).toEqual(['connecting', 'live', 'paused', 'reconnecting', 'live']);
    expect(world.holes).toBe(1);
  });

  test('calls off a waiting try', () => {
    world.socket.events.closed(1006);
    world.feed.pause();
    world.wake();
    expect(world.sockets).toHaveLength(1);
  });
});

test('a frame of an abandoned socket is not heard', () => {
  watch();
  world.socket.events.opened();
  const old = world.socket.events;
  world.feed.pause();
  world.feed.resume();
  old.message(JSON.stringify({ type: 'delta', seq: 1, values: [{ asset_id: 'a', metric: 'power_kw', at: '2026-11-25T00:00:00Z', value: 1 }] }));
  world.draw();
  expect(taken).toEqual([]);
});

describe('frames', () => {
  test.each(['', 'no json', '[]', 'null', '{"type":"delta"}', '{"type":"dance","seq":1}'])('%j is nothing', (frame) => {
    expect(parse(frame)).toBeNull();
  });

  test('a value that makes no sense is left out, the rest stays', () => {
    const good = { asset_id: 'a', metric: 'power_kw', at: '2026-11-25T00:00:00Z', value: null, quality: 'null' };
    const values = [good, { ...good, at: 'yesterday' }, { ...good, value: '7' }, 3, null];
    expect(parse(JSON.stringify({ type: 'delta', seq: 1, values }))).toEqual({ type: 'delta', seq: 1, values: [good] });
  });
});

test('after signing in again the socket comes back with all its topics', () => {
  watch();
  world.socket.events.opened();
  world.socket.events.closed(4401);
  expect(world.states.at(-1)).toBe('signed_out');
  world.feed.reconnect();
  world.socket.events.opened();
  expect(world.sockets).toHaveLength(2);
  expect(world.socket.sent).toEqual([{ type: 'subscribe', topics: [assetTopic('a')] }]);
  expect([world.states.at(-1), world.holes]).toEqual(['live', 1]);
});

describe('jobs', () => {
  const job = {
    job_id: 'j',
    kind: 'load_upload',
    about: 'september.csv',
    status: 'running',
    step: 'store',
    done: 3,
    total: 10,
    is_cancel_asked: false,
    created_at: '2026-11-25T00:00:00Z',
  };

  test('are told to who watches them, and asked for again after a break', () => {
    const heard: unknown[] = [];
    world.feed.watchJobs((one) => heard.push(one));
    world.socket.events.opened();
    world.socket.events.message(JSON.stringify({ type: 'job', seq: 1, sent_at: '', ...job }));
    expect(heard).toEqual([job]);
    world.socket.events.closed(1006);
    world.wake();
    world.socket.events.opened();
    expect(world.socket.sent).toEqual([{ type: 'subscribe', topics: ['jobs'] }]);
  });

  test('a job without a name is nothing, and no gap', () => {
    expect(parse(JSON.stringify({ type: 'job', seq: 4, status: 'running' }))).toEqual({ type: 'job', seq: 4, job: null });
  });
});
