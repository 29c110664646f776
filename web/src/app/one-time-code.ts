/** The one-time code of `/#code=...`: the fragment never reaches a server log, and leaves the address at once. */

export function takeCode(): string | undefined {
  const code = new URLSearchParams(window.location.hash.slice(1)).get('code');
  if (code === null || code === '') return undefined;
  window.history.replaceState(null, '', window.location.pathname + window.location.search);
  return code;
}
