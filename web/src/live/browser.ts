/** The feed in a browser tab: same host, and no socket while nobody looks. */
import { openFeed, type Feed, type FeedEvents } from './feed';

/** A tab may be hidden for a blink while windows are switched. [ms] */
const HIDDEN_PATIENCE = 5_000;

/** Opens the tab's feed for a tenant; browsers cannot set a header on a socket, so the tenant is a parameter. */
export function openTabFeed(tenant: string, on: FeedEvents): Feed {
  const url = new URL('/ws/energy/live', window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.searchParams.set('tenant', tenant);
  const feed = openFeed(
    {
      open: (socket) => {
        const opened = new WebSocket(url);
        opened.onopen = socket.opened;
        opened.onmessage = ({ data }) => socket.message(data);
        opened.onclose = ({ code }) => socket.closed(code);
        return { send: (text) => opened.send(text), close: () => opened.close(1000) };
      },
      later: (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
      frame: (run) => requestAnimationFrame(run),
      random: Math.random,
    },
    on,
  );
  let hidden: ReturnType<typeof setTimeout> | undefined;
  const look = (): void => {
    clearTimeout(hidden);
    if (document.hidden) hidden = setTimeout(feed.pause, HIDDEN_PATIENCE);
    else feed.resume();
  };
  document.addEventListener('visibilitychange', look);
  return {
    ...feed,
    close() {
      clearTimeout(hidden);
      document.removeEventListener('visibilitychange', look);
      feed.close();
    },
  };
}
