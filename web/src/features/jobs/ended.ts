/** Where the result of a job is seen. */
import { pagePath } from '../screen';

export interface Ended {
  readonly kind: string;
  readonly status: string;
  readonly result: Readonly<Record<string, unknown>> | null;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** The page of what a job made; undefined where there is nothing to see. */
export function resultPath(tenant: string, { status, result }: Ended): string | undefined {
  if (result === null) return undefined;
  const upload = text(result['upload_id']);
  if (upload !== undefined) return `${pagePath(tenant, 'add')}?upload=${encodeURIComponent(upload)}`;
  const load = text(result['import_id']);
  if (load !== undefined && status === 'done') return pagePath(tenant, 'imports', load);
  return undefined;
}

/** A job of a page that says itself how far it is, and is over in a blink. */
export const isOwnPage = (kind: string): boolean => kind === 'propose_upload';
