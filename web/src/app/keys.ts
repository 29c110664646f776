/**
 * The keyboard map. Single keys work outside of fields, and a person may switch them off (WCAG 2.1.4); F1 is no
 * single character, and always helps.
 */

export interface Keys {
  /** `/`. */
  readonly find: () => void;
  /** `?` and F1. */
  readonly help: () => void;
  /** The letter that followed `g`. */
  readonly place: (letter: string) => void;
  /** `[` and `]`. */
  readonly period: (by: -1 | 1) => void;
}

/** How long `g` waits for its letter. [ms] */
const PATIENCE = 1_500;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName) || target.closest('dialog') !== null);

/** Listens until the returned function is called. */
export function listen(isOn: () => boolean, keys: Keys): () => void {
  let since = 0;
  const hear = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'F1') {
      keys.help();
      event.preventDefault();
      return;
    }
    if (!isOn() || isTyping(event.target)) return;
    const isSecond = event.timeStamp - since < PATIENCE;
    since = 0;
    if (isSecond && /^[a-z]$/.test(event.key)) keys.place(event.key);
    else if (event.key === 'g') since = event.timeStamp;
    else if (event.key === '/') keys.find();
    else if (event.key === '?') keys.help();
    else if (event.key === '[' || event.key === ']') keys.period(event.key === '[' ? -1 : 1);
    else return;
    event.preventDefault();
  };
  document.addEventListener('keydown', hear);
  return () => document.removeEventListener('keydown', hear);
}
