/** Sends a file and says how much of it has gone: `fetch` cannot. */
import { ApiError } from '../../api/client';
import type { Upload } from './upload';

/**
 * Args:
 *   key: The same call sent again after a lost answer makes one upload, not two.
 *   progress: Share of the bytes that has gone.
 */
export function send(
  tenant: string,
  name: string,
  body: Blob,
  key: string,
  progress: (share: number) => void,
  signal: AbortSignal,
): Promise<Upload> {
  return new Promise((done, fail) => {
    const call = new XMLHttpRequest();
    call.open('POST', `/api/energy/uploads?name=${encodeURIComponent(name)}`);
    call.setRequestHeader('Aegrid-Tenant', tenant);
    call.setRequestHeader('Content-Type', 'application/octet-stream');
    call.setRequestHeader('Idempotency-Key', key);
    call.responseType = 'text';
    call.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0);
    call.onerror = () => fail(new ApiError(0, 'network', undefined, undefined));
    call.onabort = () => fail(new DOMException('called off', 'AbortError'));
    call.onload = () => {
      const answer = parsed(call.responseText);
      if (call.status >= 200 && call.status < 300 && answer !== undefined) done(answer as unknown as Upload);
      else fail(refused(call.status, answer));
    };
    signal.addEventListener('abort', () => call.abort());
    call.send(body);
  });
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function refused(status: number, answer: Record<string, unknown> | undefined): ApiError {
  const word = (name: string): string | undefined => {
    const value = answer?.[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  return new ApiError(status, word('code') ?? 'unexpected', word('detail') ?? word('title'), word('trace_id'));
}
