/** Hours of a year as cells: one column a local day, one row a local hour. */
import { DAY, local } from '../format/time';
import type { Columns } from './types';

export interface Cells {
  readonly days: number;
  /** Mean per cell, `day * 24 + hour`; NaN where nothing is known. */
  readonly value: Float64Array;
  /** Cells that hold two hours of the clock, because daylight saving ended. */
  readonly doubled: ReadonlySet<number>;
  /** First and 99th percentile: the ends of the colour scale. */
  readonly low: number;
  readonly high: number;
}

const dayNumber = (at: number, zone: string): number => {
  const { year, month, day } = local(at, zone);
  return Date.UTC(year, month - 1, day) / DAY;
};

function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** Lays hourly buckets out by the site's wall clock; a doubled hour is the mean of both. */
export function cells(columns: Columns, from: number, to: number, zone: string): Cells {
  const first = dayNumber(from, zone);
  const days = dayNumber(to - 1, zone) - first + 1;
  const sum = new Float64Array(days * 24);
  const buckets = new Uint8Array(days * 24);
  columns.start.forEach((at, i) => {
    const value = columns.mean[i] ?? columns.sum[i];
    const cell = (dayNumber(at, zone) - first) * 24 + local(at, zone).hour;
    if (typeof value !== 'number' || cell < 0 || cell >= sum.length) return;
    sum[cell] = (sum[cell] ?? 0) + value;
    buckets[cell] = (buckets[cell] ?? 0) + 1;
  });
  const value = sum.map((total, cell) => total / (buckets[cell] ?? 0));
  const doubled = new Set([...buckets.keys()].filter((cell) => (buckets[cell] ?? 0) > 1));
  const sorted = value.filter(Number.isFinite).sort();
  return { days, value, doubled, low: percentile(sorted, 0.01), high: percentile(sorted, 0.99) };
}
