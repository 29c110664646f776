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
  };
  const tell = (): void => {
    stop();
    told();
  };
  watch.observe(el);
  window.addEventListener('beforeprint', tell);
  return stop;
};
