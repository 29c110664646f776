/** What the socket says, checked before it is believed. */
/** One value of one metric of one asset; the metric's name carries the unit. */
export interface LiveValue {
  readonly asset_id: string;
  readonly metric: string;
  readonly at: string;
  readonly value: number | null;
  readonly quality: string;
}

export type ServerMessage =
  | { readonly type: 'snapshot' | 'delta'; readonly seq: number; readonly values: readonly LiveValue[] }
  | { readonly type: 'event' | 'job' | 'refused' | 'bye'; readonly seq: number };

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
  return { type: type as 'event' | 'job' | 'refused' | 'bye', seq };
}
