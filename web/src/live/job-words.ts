/** Jobs in words: what they are, and why one ended without its end. */
import { named, t } from '../format/text';
import type { Job } from './job.svelte';

/** "Loading a file (september.csv)". */
export function jobName({ kind, about }: Pick<Job, 'kind' | 'about'>): string {
  const what = named('job.kind', kind);
  return about === '' ? what : t('job.about', { what, about });
}

export function jobError({ error }: Pick<Job, 'error'>): string {
  const detail = error?.['detail'];
  return typeof detail === 'string' && detail !== '' ? detail : t('error.unexpected');
}
