/** The service worker of this browser: registering it, and saying when a newer version of the app waits. */

/** How often a page that stays open asks for a newer version. [ms] */
const ASK_EVERY = 3_600_000;
/** What the worker listens for. */
const TAKE_OVER = 'take-over';

let registration: ServiceWorkerRegistration | undefined;
let isWaiting = $state(false);

/** Whether a worker is of the build that this page runs. */
function holds(worker: ServiceWorker): Promise<boolean> {
  const entry = document.querySelector('script[type="module"][src]')?.getAttribute('src');
  const channel = new MessageChannel();
  return new Promise((resolve) => {
    channel.port1.onmessage = ({ data }) => resolve(data === true);
    worker.postMessage({ holds: entry }, [channel.port2]);
  });
}

function follow(found: ServiceWorkerRegistration): void {
  registration = found;
  const look = async (): Promise<void> => {
    const { waiting } = found;
    // Without a controller it is the first one, and there is nothing older to replace.
    if (waiting === null || navigator.serviceWorker.controller === null) isWaiting = false;
    // A page that was opened after the upgrade runs the new build already: the worker only has to follow.
    else if (await holds(waiting)) waiting.postMessage(TAKE_OVER);
    else isWaiting = true;
  };
  void look();
  found.installing?.addEventListener('statechange', () => void look());
  found.addEventListener('updatefound', () => {
    found.installing?.addEventListener('statechange', () => void look());
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
