/** One-time codes of `/#code=...` and `/sign-in#invitation=...`: fragments never reach a server log, and leave the address at once. */

function take(name: string): string | undefined {
  const code = new URLSearchParams(window.location.hash.slice(1)).get(name);
  if (code === null || code === '') return undefined;
  window.history.replaceState(null, '', window.location.pathname + window.location.search);
  return code;
}

export const takeCode = (): string | undefined => take('code');
export const takeInvitation = (): string | undefined => take('invitation');
