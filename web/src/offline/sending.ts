/** One try of a waiting request over HTTP, and what its answer means for the queue. */
import { t } from '../format/text';
import type { Reply, Waiting } from './outbox';

/** A telephone on the edge of a network can hang for minutes. [ms] */
const PATIENCE = 20_000;
/** Answers that say "not now": another try with the same key is right. */
const NOT_NOW = new Set([408, 425, 429]);

export async function sendOnce(waiting: Waiting, ask: typeof fetch = fetch): Promise<Reply> {
  let answer: Response;
  try {
    answer = await ask(waiting.path, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'Aegrid-Tenant': waiting.tenant,
        'Idempotency-Key': waiting.key,
      },
      body: waiting.body,
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    return { kind: 'later' };
  }
  if (answer.ok) return { kind: 'taken' };
  if (answer.status === 401) return { kind: 'signed_out' };
  const problem: { code?: unknown; detail?: unknown } = await answer.json().catch(() => ({}));
  // The first try is still being worked on.
  const isBusy = problem.code === 'idempotency_in_progress';
  if (answer.status >= 500 || NOT_NOW.has(answer.status) || isBusy) {
    const after = Number(answer.headers.get('retry-after'));
    return Number.isFinite(after) && after > 0 ? { kind: 'later', after: after * 1000 } : { kind: 'later' };
  }
  return { kind: 'refused', text: typeof problem.detail === 'string' ? problem.detail : t('error.unexpected') };
}
