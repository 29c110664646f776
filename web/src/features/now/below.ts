/** The meters below an object: how they stand against their normal, and which explain what is over it. */
import type { Parts } from '../../live/parts';
import type { Excess } from './headline';

export type Part = Parts['parts'][number];

/** A figure and one it is a share of may be this far apart in time. [ms] */
const APART = 30 * 60_000;
/** A child that makes up this much of its parent's excess is named instead of it. */
const MOST = 0.7;

export type Standing = 'over' | 'under' | 'inside' | 'unknown' | 'silent';

/** Where a part stands against its normal band. */
export function standing({ now }: Part): Standing {
  if (now === null) return 'silent';
  if (now.usual === null || now.low === null || now.high === null) return 'unknown';
  if (now.rate > now.high) return 'over';
  return now.rate < now.low ? 'under' : 'inside';
}

/** What a part takes over its normal; undefined where nobody can say. [rate unit] */
export const excessOf = ({ now }: Part): number | undefined =>
  now === null || now.usual === null ? undefined : now.rate - now.usual;

/** The parts that explain an excess, each energy once: the deepest that make up most of what is above them. */
export function excesses(parts: readonly Part[]): Excess[] {
  const inner = parts.filter(({ role, direction }) => role === 'sub' && direction !== 'export');
  const ids = new Set(inner.map(({ meter_id }) => meter_id));
  const deepest = (part: Part, passed: ReadonlySet<string>): Part => {
    const excess = excessOf(part) ?? 0;
    const below = inner.filter(
      ({ fed_by, meter_id }) => fed_by === part.meter_id && !passed.has(meter_id),
    );
    const most = below.find((child) => excess > 0 && (excessOf(child) ?? 0) >= MOST * excess);
    return most === undefined ? part : deepest(most, new Set([...passed, most.meter_id]));
  };
  return inner
    .filter(({ fed_by }) => fed_by === null || !ids.has(fed_by))
    .map((part) => deepest(part, new Set([part.meter_id])))
    .flatMap((part) => {
      const excess = excessOf(part);
      return excess === undefined ? [] : [{ name: part.name, excess }];
    });
}

/** A part's share of what arrives at the boundary in the same interval; undefined where it cannot be told. */
export function shareOf(part: Part, parts: readonly Part[]): number | undefined {
  const whole = parts.filter(({ role }) => role === 'boundary');
  const { now } = part;
  if (now === null || part.direction === 'export' || part.role === 'check' || whole.length === 0) return undefined;
  let sum = 0;
  for (const { now: theirs } of whole) {
    if (theirs === null || Math.abs(Date.parse(theirs.end) - Date.parse(now.end)) > APART) return undefined;
    sum += theirs.rate;
  }
  return sum > 0 && now.rate >= 0 ? now.rate / sum : undefined;
}
