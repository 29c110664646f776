/** How fresh a live value is. The server judges stored values against their delivery rhythm; this judges the wait since. */

export type Freshness = 'live' | 'late' | 'stale';

/** Live up to two intervals, late up to six, stale beyond. */
const LIVE_INTERVALS = 2;
const LATE_INTERVALS = 6;
/** A value pushed more often than this would turn "late" between two screens of a slow network. [ms] */
const SHORTEST_INTERVAL = 10_000;

/**
 * Args:
 *   at: Start of the reading's interval. [ms]
 *   interval: How often a reading is expected. [ms]
 */
export function freshness(at: number, now: number, interval: number): Freshness {
  const waited = (now - at) / Math.max(interval, SHORTEST_INTERVAL);
  if (waited <= LIVE_INTERVALS) return 'live';
  return waited <= LATE_INTERVALS ? 'late' : 'stale';
}
