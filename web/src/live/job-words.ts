/** Jobs in words: what they are, how they ended, and why one ended without its end. */
import { named, t } from '../format/text';
import type { Job } from './job.svelte';

/** "Loading a file (september.csv)". */
export function jobName({ kind, about }: Pick<Job, 'kind' | 'about'>): string {
  const what = named('job.kind', kind);
  return about === '' ? what : t('job.about', { what, about });
}

/** As people see it: a load of which everything was refused has not worked, though the job did its work. */
export const endOf = ({ status, result }: Pick<Job, 'status' | 'result'>): string =>
  status === 'done' && result?.['status'] === 'refused' ? 'refused' : status;

export function jobError({ error }: Pick<Job, 'error'>): string {
  const detail = error?.['detail'];
  return typeof detail === 'string' && detail !== '' ? detail : t('error.unexpected');
}
