/** A job of the server, watched until it is over. It goes on without this page. */
import { ApiError, answered, asTenant, client } from '../api/client';
import type { paths } from '../api/schema';
import { refusal, type Refusal } from '../format/problem';

export type Job =
  paths['/api/energy/jobs/{job_id}']['get']['responses'][200]['content']['application/json'];

/** How often it is asked for. [ms] */
const EVERY = 700;

export const isOver = ({ status }: Job): boolean => status === 'done' || status === 'failed' || status === 'cancelled';

export interface Watched {
  readonly job: Job | undefined;
  /** Why it cannot be told how far it is; it is asked for again. */
  readonly failed: Refusal | undefined;
  readonly cancel: () => Promise<void>;
}

/** Call while a component is set up; `id` is followed, undefined watches nothing. */
export function watchJob(
  tenant: () => string,
  id: () => string | undefined,
  signedOut: () => void,
  over?: (job: Job) => void,
): Watched {
  let job = $state.raw<Job>();
  let failed = $state.raw<Refusal>();
  $effect(() => {
    const wanted = id();
    const path = { params: { path: { job_id: wanted ?? '' } }, ...asTenant(tenant()) };
    job = undefined;
    failed = undefined;
    if (wanted === undefined) return;
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      try {
        const next = await answered(client.GET('/api/energy/jobs/{job_id}', { signal: leaving.signal, ...path }));
        if (leaving.signal.aborted) return;
        job = next;
        failed = undefined;
        if (isOver(next)) return over?.(next);
      } catch (reason) {
        if (leaving.signal.aborted) return;
        if (reason instanceof ApiError && reason.status === 401) signedOut();
        else failed = refusal(reason);
        if (reason instanceof ApiError && reason.status === 404) return;
      }
      timer = setTimeout(() => void ask(), EVERY);
    };
    void ask();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  });
  return {
    get job() {
      return job;
    },
    get failed() {
      return failed;
    },
    cancel: async () => {
      const wanted = id();
      if (wanted === undefined) return;
      try {
        job = await answered(
          client.DELETE('/api/energy/jobs/{job_id}', { params: { path: { job_id: wanted } }, ...asTenant(tenant()) }),
        );
      } catch (reason) {
        failed = refusal(reason);
      }
    },
  };
}
