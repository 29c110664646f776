/**
 * One socket per tab. Topics are counted, values conflated to one flush a frame, and a broken or hidden
 * socket comes back with jitter. Nothing is replayed: after a break the page fetches the hole over HTTP.
 */
import { parse, type JobState, type LiveValue } from './messages';

/**
 * live: connected. connecting: first try. reconnecting: was connected, or a try failed. paused: the tab is hidden.
 * signed_out, withdrawn: the server said no, and no further try is made.
 */
export type FeedState = 'connecting' | 'live' | 'reconnecting' | 'paused' | 'signed_out' | 'withdrawn' | 'closed';

export interface SocketEvents {
  readonly opened: () => void;
  readonly message: (data: unknown) => void;
  readonly closed: (code: number) => void;
}

export interface Socket {
  readonly send: (text: string) => void;
  readonly close: () => void;
}

/** The world outside: a browser tab, or a test. */
export interface Surroundings {
  readonly open: (on: SocketEvents) => Socket;
  /** Runs a function later; returns how to call it off. */
  readonly later: (ms: number, run: () => void) => () => void;
  /** Runs a function before the next drawn frame. */
  readonly frame: (run: () => void) => void;
  /** A number in [0, 1). */
  readonly random: () => number;
}

export interface FeedEvents {
  readonly state: (state: FeedState) => void;
  /** Values before now may be missing: the connection was gone, or a message was lost. */
  readonly hole: () => void;
}

export interface Feed {
  /** Watches a topic until the returned function is called. */
  readonly watch: (topic: string, take: (value: LiveValue) => void) => () => void;
  /** Watches the jobs of the person: those that go on at once, then each step. */
  readonly watchJobs: (take: (job: JobState) => void) => () => void;
  readonly pause: () => void;
  readonly resume: () => void;
  /** Tries once more after the server said no: the person has signed in again. */
  readonly reconnect: () => void;
  readonly close: () => void;
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
/** After a restart of the server all tabs come back; they spread over this time. [ms] */
const RESTART_SPREAD = 10_000;
const SIGNED_OUT = 4401;
const WITHDRAWN = 4403;
const RESTART = 1012;

const JOBS = 'jobs';
export const assetTopic = (id: string): string => `asset:${id}`;
export const meterTopic = (id: string): string => `meter:${id}`;

/** The topic that a value came for. */
const topicOf = ({ asset_id, meter_id }: LiveValue): string =>
  typeof meter_id === 'string' ? meterTopic(meter_id) : assetTopic(asset_id);

export function openFeed(world: Surroundings, on: FeedEvents): Feed {
  const watchers = new Map<string, Set<(value: LiveValue) => void>>();
  const jobWatchers = new Set<(job: JobState) => void>();
  const waiting = new Map<string, LiveValue>();
  let socket: Socket | null = null;
  let isOpen = false;
  let wasOpen = false;
  let failures = 0;
  let seq: number | null = null;
  let callOff: (() => void) | null = null;
  let isFlushing = false;
  let state: FeedState | null = null;

  const become = (next: FeedState): void => {
    if (next === state) return;
    state = next;
    on.state(next);
  };

  const say = (type: 'subscribe' | 'unsubscribe', topics: readonly string[]): void => {
    if (isOpen && topics.length > 0) socket?.send(JSON.stringify({ type, topics }));
  };

  const topics = (): string[] => [...watchers.keys(), ...(jobWatchers.size > 0 ? [JOBS] : [])];

  const flush = (): void => {
    isFlushing = false;
    const values = [...waiting.values()];
    waiting.clear();
    for (const value of values) {
      for (const take of watchers.get(topicOf(value)) ?? []) take(value);
    }
  };

  const keep = (value: LiveValue): void => {
    const key = `${topicOf(value)} ${value.metric}`;
    const before = waiting.get(key);
    if (before !== undefined && Date.parse(before.at) > Date.parse(value.at)) return;
    waiting.set(key, value);
    if (!isFlushing) {
      isFlushing = true;
      world.frame(flush);
    }
  };

  const hear = (data: unknown): void => {
    const message = parse(data);
    if (message === null) return;
    const isGap = seq !== null && message.seq !== seq + 1;
    seq = message.seq;
    if ('values' in message) message.values.forEach(keep);
    if (message.type === 'job' && message.job !== null) for (const take of jobWatchers) take(message.job);
    if (isGap) {
      say('subscribe', topics());
      on.hole();
    }
  };

  const lost = (code: number): void => {
    socket = null;
    isOpen = false;
    if (code === SIGNED_OUT) return become('signed_out');
    if (code === WITHDRAWN) return become('withdrawn');
    become('reconnecting');
    const reach = code === RESTART ? RESTART_SPREAD : Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures);
    failures += 1;
    callOff = world.later(reach * (0.5 + world.random() / 2), connect);
  };

  const connect = (): void => {
    callOff = null;
    become(wasOpen || failures > 0 ? 'reconnecting' : 'connecting');
    const mine = world.open({
      opened: () => {
        if (socket !== mine) return;
        isOpen = true;
        failures = 0;
        seq = null;
        say('subscribe', topics());
        become('live');
        if (wasOpen) on.hole();
        wasOpen = true;
      },
      message: (data) => {
        if (socket === mine) hear(data);
      },
      closed: (code) => {
        if (socket === mine) lost(code);
      },
    });
    socket = mine;
  };

  const drop = (next: FeedState): void => {
    callOff?.();
    callOff = null;
    const dropped = socket;
    socket = null;
    isOpen = false;
    dropped?.close();
    become(next);
  };
  const isFinal = (): boolean => state === 'signed_out' || state === 'withdrawn' || state === 'closed';

  connect();
  return {
    watch(topic, take) {
      const takers = watchers.get(topic);
      if (takers === undefined) {
        watchers.set(topic, new Set([take]));
        say('subscribe', [topic]);
      } else {
        takers.add(take);
      }
      return () => {
        const left = watchers.get(topic);
        if (left?.delete(take) && left.size === 0) {
          watchers.delete(topic);
          say('unsubscribe', [topic]);
        }
      };
    },
    watchJobs(take) {
      jobWatchers.add(take);
      if (jobWatchers.size === 1) say('subscribe', [JOBS]);
      return () => {
        if (jobWatchers.delete(take) && jobWatchers.size === 0) say('unsubscribe', [JOBS]);
      };
    },
    pause: () => {
      if (!isFinal()) drop('paused');
    },
    resume: () => {
      if (state === 'paused') connect();
    },
    reconnect: () => {
      if (state === 'signed_out' || state === 'withdrawn') connect();
    },
    close: () => drop('closed'),
  };
}
