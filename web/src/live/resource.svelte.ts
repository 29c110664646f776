/**
 * Something that a page reads from the server and holds: read again when what it hangs on changes, dropped
 * when the page is left, and remembered for the tab, so that going back shows it at once while it is read anew.
 */
import { ApiError } from '../api/client';
import { refusal, type Refusal } from '../format/problem';

export interface Wish<Answer> {
  /** Says what is asked for; another subject shows nothing until its own answer is there. */
  readonly subject: string;
  /** Any change of this reads the same subject again, and shows what is known meanwhile. */
  readonly again?: number | string;
  readonly read: (signal: AbortSignal) => Promise<Answer>;
}

export interface Resource<Answer> {
  /** Undefined until the first answer of the subject. */
  readonly answer: Answer | undefined;
  /** Why the last reading failed; what was known before stays. */
  readonly failed: Refusal | undefined;
  /** HTTP status of that failure: 404 is "not there or not yours", 0 is "nobody answered". */
  readonly status: number | undefined;
  readonly isLoading: boolean;
  readonly retry: () => void;
}

/** How many answers a tab remembers. */
const REMEMBERED = 60;
const known = new Map<string, unknown>();

function remember(subject: string, answer: unknown): void {
  known.delete(subject);
  known.set(subject, answer);
  const [oldest] = known.keys();
  if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest);
}

/** Readings that began before the page that wants them stood. */
const ahead = new Map<string, Promise<unknown>>();

/** Begins to read what the page to come will wish for; the first to wish for it takes it over. */
export function readAhead<Answer>({ subject, read }: Wish<Answer>): void {
  const reading = read(new AbortController().signal);
  // Why it failed is said by the page, if it still comes to that.
  reading.catch(() => undefined);
  ahead.set(subject, reading);
}

function begun<Answer>({ subject, read }: Wish<Answer>, signal: AbortSignal): Promise<Answer> {
  const reading = ahead.get(subject) as Promise<Answer> | undefined;
  ahead.delete(subject);
  return reading ?? read(signal);
}

/** Forgets everything: another person or organisation must not see it. */
export function forgetAnswers(): void {
  known.clear();
  ahead.clear();
}

/**
 * Call while a component is set up. `wish` is followed; undefined asks for nothing.
 *
 * Args:
 *   signedOut: Called when the session has ended, so that the app can ask to sign in over the page.
 */
export function resource<Answer>(
  wish: () => Wish<Answer> | undefined,
  signedOut: () => void,
): Resource<Answer> {
  let answer = $state.raw<Answer>();
  let failed = $state.raw<Refusal>();
  let status = $state<number>();
  let isLoading = $state(false);
  let attempt = $state(0);
  let shown = '';
  $effect(() => {
    const wanted = wish();
    void attempt;
    if (wanted === undefined) return;
    const { subject } = wanted;
    if (subject !== shown) {
      answer = known.get(subject) as Answer | undefined;
      failed = undefined;
      status = undefined;
    }
    shown = subject;
    isLoading = true;
    const leaving = new AbortController();
    begun(wanted, leaving.signal)
      .then((fresh) => {
        remember(subject, fresh);
        if (leaving.signal.aborted) return;
        answer = fresh;
        failed = undefined;
        status = undefined;
        isLoading = false;
      })
      .catch((reason: unknown) => {
        if (leaving.signal.aborted) return;
        isLoading = false;
        status = reason instanceof ApiError ? reason.status : undefined;
        if (status === 401) signedOut();
        else failed = refusal(reason);
      });
    return () => leaving.abort();
  });
  return {
    get answer() {
      return answer;
    },
    get failed() {
      return failed;
    },
    get status() {
      return status;
    },
    get isLoading() {
      return isLoading;
    },
    retry: () => {
      attempt += 1;
    },
  };
}
