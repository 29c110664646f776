/** A file of the server onto the device: a link could not say which organisation it is about. */
import { ApiError, asTenant } from '../api/client';

/** Throws `ApiError` where the server refuses. */
export async function download(tenant: string, address: string, name: string): Promise<void> {
  let answer: Response;
  try {
    answer = await fetch(address, asTenant(tenant));
  } catch {
    throw new ApiError(0, 'network', undefined, undefined);
  }
  if (!answer.ok) {
    const problem = (await answer.json().catch(() => ({}))) as Readonly<Record<string, string | undefined>>;
    throw new ApiError(answer.status, problem['code'] ?? 'unexpected', problem['detail'], problem['trace_id']);
  }
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name;
  link.click();
  // The browser has taken it up once it is back here.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
