// @vitest-environment node
import { runInNewContext } from 'node:vm';

import { beforeEach, expect, test } from 'vitest';

import { shellOf, workerText, type Shell } from '../tools/service-worker.ts';

const FILES: Readonly<Record<string, string>> = {
  'index.html': '<page>',
  'assets/index-1.js': 'script',
  'assets/index-1.js.map': 'map',
  'favicon.svg': 'mark',
};
const shell = shellOf(new Map(Object.entries(FILES)));
const ORIGIN = 'https://energy.example';

/** Caches of a browser, by name and address. */
class Caches {
  readonly held = new Map<string, Map<string, Response>>();
  async open(name: string) {
    const entries = this.held.get(name) ?? new Map<string, Response>();
    this.held.set(name, entries);
    return {
      addAll: async (requests: { url: string }[]) => {
        for (const { url } of requests) entries.set(new URL(url, ORIGIN).pathname, await this.fetch(url));
      },
      match: async (path: string) => entries.get(path)?.clone(),
    };
  }
  async keys() {
    return [...this.held.keys()];
  }
  async delete(name: string) {
    return this.held.delete(name);
  }
  constructor(readonly fetch: (url: string) => Promise<Response>) {}
}

interface Event {
  readonly request?: { url: string; method: string; mode: string };
  readonly data?: unknown;
  readonly ports?: readonly { postMessage: (answer: unknown) => void }[];
  waitUntil: (work: Promise<unknown>) => void;
  respondWith: (answer: Promise<Response>) => void;
}

/** Runs the built worker; `say` fires an event at it and answers what it responds with. */
async function worker(of: Shell, network: (url: string) => Promise<Response>, caches = new Caches(network)) {
  const listeners = new Map<string, (event: Event) => void>();
  const calls: string[] = [];
  runInNewContext(await workerText(of), {
    self: {
      addEventListener: (type: string, listener: (event: Event) => void) => listeners.set(type, listener),
      skipWaiting: async () => void calls.push('skipWaiting'),
      clients: { claim: async () => void calls.push('claim') },
      location: { origin: ORIGIN },
    },
    caches,
    fetch: (request: { url: string }) => network(request.url),
    Request: class {
      constructor(
        readonly url: string,
        readonly options: unknown,
      ) {}
    },
    URL,
    // A slow network is one that never answers; nobody waits for the clock here.
    setTimeout: (run: () => void) => setTimeout(run, 5),
  });
  const say = async (type: string, event: Partial<Event> = {}): Promise<Response | undefined> => {
    const works: Promise<unknown>[] = [];
    let answer: Promise<Response> | undefined;
    listeners.get(type)?.({
      ...event,
      waitUntil: (work) => void works.push(work),
      respondWith: (given) => void (answer = given),
    } as Event);
    await Promise.all(works);
    return answer;
  };
  const ask = (path: string, mode = 'cors', method = 'GET') =>
    say('fetch', { request: { url: new URL(path, ORIGIN).href, method, mode } });
  return { say, ask, caches, calls };
}

const online = async (url: string): Promise<Response> => {
  const path = new URL(url, ORIGIN).pathname;
  if (path.startsWith('/t/')) return new Response('<newest page>');
  return new Response(FILES[path === '/' ? 'index.html' : path.slice(1)] ?? 'missing');
};
const offline = (): Promise<Response> => Promise.reject(new TypeError('no network'));

let network = online;
let sw: Awaited<ReturnType<typeof worker>>;
beforeEach(async () => {
  network = online;
  sw = await worker(shell, (url) => network(url));
  await sw.say('install');
  await sw.say('activate');
});

test('the shell is every file of the build but its maps, the page by its address', () => {
  expect(shell.files).toEqual(['/assets/index-1.js', '/favicon.svg', '/']);
});

test('another content is another build', () => {
  expect(shellOf(new Map(Object.entries({ ...FILES, 'index.html': '<page 2>' }))).build).not.toBe(shell.build);
});

test('with no signal any address of the app opens with the kept page and its script', async () => {
  network = offline;
  for (const path of ['/', '/sign-in', '/t/demo/my-sites', '/t/demo/site/1?period=day']) {
    expect.soft(await (await sw.ask(path, 'navigate'))?.text(), path).toBe('<page>');
  }
  expect(await (await sw.ask('/assets/index-1.js'))?.text()).toBe('script');
});

test('with a signal the newest page is opened, so that an upgrade is seen at once', async () => {
  expect(await (await sw.ask('/t/demo/portfolio', 'navigate'))?.text()).toBe('<newest page>');
});

test('a network that does not answer, or a proxy without a server behind it, opens the kept page', async () => {
  network = () => new Promise<Response>(() => undefined);
  expect(await (await sw.ask('/t/demo/portfolio', 'navigate'))?.text()).toBe('<page>');
  network = async () => new Response('bad gateway', { status: 502 });
  expect(await (await sw.ask('/t/demo/portfolio', 'navigate'))?.text()).toBe('<page>');
});

test.each([
  ['/api/energy/overview', 'cors', 'GET'],
  ['/api/energy/register.xlsx', 'navigate', 'GET'],
  ['/ws/energy/live', 'cors', 'GET'],
  ['/t/demo/portfolio', 'navigate', 'POST'],
  ['https://elsewhere.example/favicon.svg', 'cors', 'GET'],
  ['/assets/older-0.js', 'cors', 'GET'],
  ['/', 'cors', 'GET'],
])('%s (%s, %s) is left to the network', async (path, mode, method) => {
  expect(await sw.ask(path, mode, method)).toBeUndefined();
});

test('a page is told whether it runs the build of this worker', async () => {
  const answers: unknown[] = [];
  const ports = [{ postMessage: (answer: unknown) => void answers.push(answer) }];
  await sw.say('message', { data: { holds: '/assets/index-1.js' }, ports });
  await sw.say('message', { data: { holds: '/assets/index-0.js' }, ports });
  await sw.say('message', { data: {}, ports });
  expect(answers).toEqual([true, false, false]);
  expect(sw.calls).toEqual(['claim']);
});

test('a newer worker removes the older shell and nothing else, and takes over only when it is told', async () => {
  await sw.caches.open('somebody-else');
  const newer = shellOf(new Map(Object.entries({ ...FILES, 'favicon.svg': 'new mark' })));
  const next = await worker(newer, online, sw.caches);
  await next.say('install');
  expect(next.calls).toEqual([]);
  await next.say('message', { data: 'anything' });
  expect(next.calls).toEqual([]);
  await next.say('message', { data: 'take-over' });
  expect(next.calls).toEqual(['skipWaiting']);
  await next.say('activate');
  expect(await next.caches.keys()).toEqual(['somebody-else', `aegrid-shell-${newer.build}`]);
});
