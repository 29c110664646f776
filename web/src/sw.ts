/// <reference lib="webworker" />
/**
 * The service worker: keeps the shell (page, scripts, styles, font, icons) so that the app opens with no signal.
 * It never touches `/api`: what people may see is the server's word each time, or what `offline/` keeps.
 * Built by `tools/service-worker.ts`, which puts in the list of files; it may import nothing.
 */
export {};

declare const self: ServiceWorkerGlobalScope;
/** Every file of the build by its address, and a hash over all of them. */
declare const SHELL: { readonly build: string; readonly files: readonly string[] };

const PREFIX = 'aegrid-shell-';
const CACHE = PREFIX + SHELL.build;
const PAGE = '/';
/** On a network this slow the kept page is better than a white one. [ms] */
const PATIENCE = 3_000;
/** Addresses of the app; the same list as in the server's `static_files.py`. */
const PAGES = /^\/(sign-in|t\/.*)?$/;

self.addEventListener('install', (event) => {
  // What is not an asset may have changed under the same name: past the browser's own cache.
  const wanted = SHELL.files.map(
    (path) => new Request(path, { cache: path.startsWith('/assets/') ? 'default' : 'reload' }),
  );
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(wanted)));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => names.filter((name) => name.startsWith(PREFIX) && name !== CACHE))
      .then((old) => Promise.all(old.map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

// A newer worker waits until somebody agrees: it must not change the ground under what is being typed.
self.addEventListener('message', (event) => {
  if (event.data === 'take-over') event.waitUntil(self.skipWaiting());
  // A page asks whether it runs the build of this worker: by its entry script, whose name holds a hash.
  else if (typeof event.data === 'object') event.ports[0]?.postMessage(SHELL.files.includes(String(event.data?.holds)));
});

// The server varies by encoding, which a request here does not show.
const kept = async (path: string): Promise<Response | undefined> =>
  (await caches.open(CACHE)).match(path, { ignoreVary: true, ignoreSearch: true });

/** The newest page that is to be had soon, else the kept one. */
async function page(request: Request): Promise<Response> {
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), PATIENCE));
  const asked = fetch(request);
  const answer = await Promise.race([asked, late]).catch(() => undefined);
  if (answer !== undefined && answer.status < 500) return answer;
  return (await kept(PAGE)) ?? asked;
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate') {
    if (PAGES.test(url.pathname)) event.respondWith(page(request));
  } else if (url.pathname !== PAGE && SHELL.files.includes(url.pathname)) {
    // The page itself is left out: the app reads it to see whether the server has a newer build.
    event.respondWith(kept(url.pathname).then((found) => found ?? fetch(request)));
  }
});
