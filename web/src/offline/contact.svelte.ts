/** Whether the server can be reached: every call of the app says so, and while none can, this asks now and then. */
import type { Middleware } from 'openapi-fetch';

import { client } from '../api/client';

const ALIVE = '/api/energy/health/live';
const FIRST_WAIT = 3_000;
const LONGEST_WAIT = 30_000;

let isCut = $state(false);
let wait = FIRST_WAIT;
let timer: ReturnType<typeof setTimeout> | undefined;
const onBack = new Set<() => void>();
const onSignedOut = new Set<() => void>();

function lost(): void {
  if (isCut) return;
  isCut = true;
  wait = FIRST_WAIT;
  askLater();
}

function back(): void {
  clearTimeout(timer);
  if (!isCut) return;
  isCut = false;
  onBack.forEach((run) => run());
}

function askLater(): void {
  clearTimeout(timer);
  timer = setTimeout(ask, wait);
  wait = Math.min(LONGEST_WAIT, wait * 2);
}

function ask(): void {
  clearTimeout(timer);
  // Nobody looks: the next look asks.
  if (document.hidden) return;
  fetch(ALIVE, { cache: 'no-store' }).then(back, () => {
    if (isCut) askLater();
  });
}

const listener: Middleware = {
  onResponse({ response }) {
    back();
    if (response.status === 401) onSignedOut.forEach((run) => run());
  },
  onError({ error }) {
    // A call that the page itself took back says nothing.
    if (error instanceof TypeError) lost();
  },
};

/** Call once, when the app starts. */
export function watchContact(on: { back: () => void; signedOut: () => void }): void {
  onBack.add(on.back);
  onSignedOut.add(on.signedOut);
  client.use(listener);
  window.addEventListener('offline', lost);
  window.addEventListener('online', ask);
  document.addEventListener('visibilitychange', () => {
    if (isCut && !document.hidden) ask();
  });
}

export const contact = {
  /** Nobody answers: the device has no signal, or the server is away. */
  get isCut(): boolean {
    return isCut;
  },
};
