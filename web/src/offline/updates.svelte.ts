/** The service worker of this browser: registering it, and saying when a newer version of the app waits. */

/** How often a page that stays open asks for a newer version. [ms] */
const ASK_EVERY = 3_600_000;
/** What the worker listens for. */
const TAKE_OVER = 'take-over';

let registration: ServiceWorkerRegistration | undefined;
let isWaiting = $state(false);

function follow(found: ServiceWorkerRegistration): void {
  registration = found;
  // This page has just been opened, as new as the server has it: what waited for its forerunner may come.
  found.waiting?.postMessage(TAKE_OVER);
  const look = (): void => {
    // Without a controller it is the first one, and there is nothing older to replace.
    isWaiting = found.waiting !== null && navigator.serviceWorker.controller !== null;
  };
  found.addEventListener('updatefound', () => {
    found.installing?.addEventListener('statechange', look);
  });
  setInterval(askForUpdate, ASK_EVERY);
}

/** Asks the server whether there is a newer version; a page calls it when it is in touch again. */
export function askForUpdate(): void {
  // Nobody answers where there is no signal: then it is asked another time.
  registration?.update().catch(() => undefined);
}

/** Call once, when the app starts. Plain HTTP on a network has no workers; the app runs without one. */
export function keepShell(): void {
  if (!('serviceWorker' in navigator) || !import.meta.env.PROD) return;
  const begin = (): void => {
    navigator.serviceWorker
      .register('/sw.js', { updateViaCache: 'none' })
      .then(follow)
      // Refused by a private window, say. What is lost is only the opening with no signal.
      .catch(() => undefined);
  };
  // The first picture comes first.
  if (document.readyState === 'complete') begin();
  else window.addEventListener('load', begin, { once: true });
}

export const updates = {
  /** A newer version is there, whole, and waits for somebody to agree. */
  get isWaiting(): boolean {
    return isWaiting;
  },
  /** Loads it; the page begins anew. */
  load(): void {
    if (registration?.waiting == null) return window.location.reload();
    navigator.serviceWorker.addEventListener('controllerchange', () => window.location.reload(), { once: true });
    registration.waiting.postMessage(TAKE_OVER);
  },
};
