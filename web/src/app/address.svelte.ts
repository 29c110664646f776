/** The address bar as state, and links of the app without a reload. */

let href = $state(window.location.href);

export const address = {
  get url(): URL {
    return new URL(href);
  },
};

/** Goes to an address of the app. */
export function go(to: string, { replace = false }: { replace?: boolean } = {}): void {
  const next = new URL(to, window.location.href);
  if (replace) window.history.replaceState(null, '', next);
  else window.history.pushState(null, '', next);
  const isOtherPage = next.pathname !== new URL(href).pathname;
  href = next.href;
  if (isOtherPage) window.scrollTo(0, 0);
}

window.addEventListener('popstate', () => {
  href = window.location.href;
});

document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (link === null || event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (link.origin !== window.location.origin || link.hasAttribute('download') || link.target !== '') return;
  if (!link.pathname.startsWith('/t/')) return;
  event.preventDefault();
  go(link.href);
});
