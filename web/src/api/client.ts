/** The typed client. Answers that are not 2xx become one kind of error, so that pages have one kind to show. */
import createClient from 'openapi-fetch';

import type { paths } from './schema';

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string | undefined,
    readonly trace: string | undefined,
  ) {
    super(code);
  }
}

export const client = createClient<paths>();

/** The organisation a call is about: two tabs never swap theirs. */
export const asTenant = (tenant: string): { headers: Record<string, string> } => ({
  headers: { 'Aegrid-Tenant': tenant },
});

interface Answer<Data> {
  readonly data?: Data | undefined;
  readonly error?: unknown;
  readonly response: Response;
}

/** The parts of a `problem+json` that pages show. */
interface Problem {
  readonly code: string;
  readonly title?: string;
  readonly detail?: string;
  readonly trace_id?: string;
}

const isProblem = (body: unknown): body is Problem =>
  typeof body === 'object' && body !== null && typeof (body as Partial<Problem>).code === 'string';

/** The data of an answer; throws `ApiError` for a refusal (code `network` when nobody answered). */
export async function answered<Data>(call: Promise<Answer<Data>>): Promise<Data> {
  let answer: Answer<Data>;
  try {
    answer = await call;
  } catch (reason) {
    if (reason instanceof DOMException && reason.name === 'AbortError') throw reason;
    // A refused connection is a TypeError; a body that is no JSON is a SyntaxError.
    throw new ApiError(0, reason instanceof TypeError ? 'network' : 'unexpected', undefined, undefined);
  }
  if (answer.response.ok) return answer.data as Data;
  const { error, response } = answer;
  if (isProblem(error)) throw new ApiError(response.status, error.code, error.detail ?? error.title, error.trace_id);
  // A proxy answers for a server that is away.
  const isAway = response.status >= 502 && response.status <= 504;
  throw new ApiError(isAway ? 0 : response.status, isAway ? 'network' : 'unexpected', undefined, undefined);
}
