/** Calls once, when enough of an element has come onto the screen to be looked at. */
export const seen = (told: () => void) => (el: HTMLElement) => {
  const watch = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      told();
      watch.disconnect();
    },
    { threshold: 0.3 },
  );
  watch.observe(el);
  return () => watch.disconnect();
};
