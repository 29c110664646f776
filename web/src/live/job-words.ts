/** Why a job ended without its end. */
import { t } from '../format/text';
import type { Job } from './job.svelte';

export function jobError({ error }: Pick<Job, 'error'>): string {
  const detail = error?.['detail'];
  return typeof detail === 'string' && detail !== '' ? detail : t('error.unexpected');
}
