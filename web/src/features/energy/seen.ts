/** What is told as soon as the page is to be read to its end. */
const waiting = new Set<() => void>();
/** Paper waits no longer than this for what is on its way. [ms] */
const LONGEST = 8_000;
const LOOK = 200;

/** Ctrl+P on a page that has not been read to its end: the rest is fetched first, so that the paper has no holes. */
async function print(event: KeyboardEvent): Promise<void> {
  const isPrint = event.key.toLowerCase() === 'p' && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
  if (!isPrint) return;
  event.preventDefault();
  for (const tell of [...waiting]) tell();
  const end = Date.now() + LONGEST;
  do await new Promise((resolve) => setTimeout(resolve, LOOK));
  while (Date.now() < end && document.querySelector('[aria-busy="true"]') !== null);
  window.print();
}
const listen = (event: KeyboardEvent): void => void print(event);

/** Calls once, when enough of an element has come onto the screen to be looked at, or the page goes to paper. */
export const seen = (told: () => void) => (el: HTMLElement) => {
  const watch = new IntersectionObserver(
    (entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) tell();
    },
    { threshold: 0.3 },
  );
  const stop = (): void => {
    watch.disconnect();
    window.removeEventListener('beforeprint', tell);
    waiting.delete(tell);
    if (waiting.size === 0) window.removeEventListener('keydown', listen);
  };
  const tell = (): void => {
    stop();
    told();
  };
  watch.observe(el);
  window.addEventListener('beforeprint', tell);
  waiting.add(tell);
  window.addEventListener('keydown', listen);
  return stop;
};
