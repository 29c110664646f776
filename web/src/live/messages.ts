/** What the socket says, checked before it is believed. */
/** One value of one metric of one asset; the metric's name carries the unit. */
export interface LiveValue {
  readonly asset_id: string;
  readonly metric: string;
  readonly at: string;
  readonly value: number | null;
  readonly quality: string;
  /** Of a value that is one meter's own, on the topic of that meter. */
  readonly meter_id?: string | null;
  /** Of a value that is one point's own. */
  readonly point_id?: string | null;
}

/** How far a job of the person is. */
export interface JobState {
  readonly job_id: string;
  readonly kind: string;
  /** The file it is about; empty where it is about none. */
  readonly about: string;
  readonly status: string;
  readonly step: string;
  readonly done: number;
  readonly total: number | null;
  readonly is_cancel_asked: boolean;
  readonly created_at: string;
}

export type ServerMessage =
  | { readonly type: 'snapshot' | 'delta'; readonly seq: number; readonly values: readonly LiveValue[] }
  | { readonly type: 'job'; readonly seq: number; readonly job: JobState | null }
  | { readonly type: 'event' | 'refused' | 'bye'; readonly seq: number };

const KINDS = new Set(['snapshot', 'delta', 'event', 'job', 'refused', 'bye']);

function isValue(candidate: unknown): candidate is LiveValue {
  if (typeof candidate !== 'object' || candidate === null) return false;
  const { asset_id, metric, at, value } = candidate as Record<string, unknown>;
  return (
    typeof asset_id === 'string' &&
    typeof metric === 'string' &&
    typeof at === 'string' &&
    Number.isFinite(Date.parse(at)) &&
    (value === null || Number.isFinite(value))
  );
}

function jobOf(candidate: Record<string, unknown>): JobState | null {
  const { job_id, kind, about, status, step, done, total, is_cancel_asked, created_at } = candidate;
  if (typeof job_id !== 'string' || typeof kind !== 'string' || typeof status !== 'string') return null;
  return {
    job_id,
    kind,
    about: typeof about === 'string' ? about : '',
    status,
    step: typeof step === 'string' ? step : '',
    done: typeof done === 'number' ? done : 0,
    total: typeof total === 'number' ? total : null,
    is_cancel_asked: is_cancel_asked === true,
    created_at: typeof created_at === 'string' ? created_at : '',
  };
}

/** The message of a frame; null for anything else. Values that make no sense are left out, the rest stays. */
export function parse(frame: unknown): ServerMessage | null {
  if (typeof frame !== 'string') return null;
  let body: unknown;
  try {
    body = JSON.parse(frame);
  } catch {
    return null;
  }
  if (typeof body !== 'object' || body === null) return null;
  const { type, seq, values } = body as Record<string, unknown>;
  if (typeof type !== 'string' || !KINDS.has(type) || typeof seq !== 'number') return null;
  if (type === 'snapshot' || type === 'delta') {
    return { type, seq, values: Array.isArray(values) ? values.filter(isValue) : [] };
  }
  if (type === 'job') return { type, seq, job: jobOf(body as Record<string, unknown>) };
  return { type: type as 'event' | 'refused' | 'bye', seq };
}
