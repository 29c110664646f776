/** A refusal as a sentence: ours for its code, else the server's own, else a plain one. */
import { known, t } from './text';

export interface Refusal {
  readonly text: string;
  /** What to tell whoever looks after the server. */
  readonly trace: string | undefined;
}

export function refusal(reason: unknown): Refusal {
  const { code, detail, trace } = (reason ?? {}) as { code?: unknown; detail?: unknown; trace?: unknown };
  const ours = typeof code === 'string' ? known('error', code) : undefined;
  const theirs = typeof detail === 'string' && detail !== '' ? detail : undefined;
  return { text: ours ?? theirs ?? t('error.unexpected'), trace: typeof trace === 'string' ? trace : undefined };
}
