/** Whether this tab runs the build that the server gives out now. */

/** The address of the entry script: its name holds the hash of the build. */
const entryOf = (html: Document): string | undefined =>
  html.querySelector<HTMLScriptElement>('script[type="module"][src]')?.getAttribute('src') ?? undefined;

/** Whether the server gives out another build than this tab runs; false where it cannot be told. */
export async function isOutdatedTab(): Promise<boolean> {
  try {
    const answer = await fetch('/', { cache: 'no-store' });
    if (!answer.ok) return false;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const [theirs, ours] = [entryOf(page), entryOf(document)];
    return theirs !== undefined && ours !== undefined && theirs !== ours;
  } catch {
    return false;
  }
}

const KEY = 'aegrid.reloaded';
/** A tab that reloads itself twice within this time would do so for ever. [ms] */
const PATIENCE = 60_000;

/** Whether this tab may reload itself now; says no to a second time soon after. */
export function takeTurn(): boolean {
  try {
    const last = Number(window.sessionStorage.getItem(KEY) ?? 0);
    if (Date.now() - last < PATIENCE) return false;
    window.sessionStorage.setItem(KEY, String(Date.now()));
    return true;
  } catch {
    return false;
  }
}
