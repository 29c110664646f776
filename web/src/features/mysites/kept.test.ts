import { expect, test } from 'vitest';

import type { Columns } from '../../charts/types';
import { byDay, cut, newestDay, total } from './kept';

const HALF = 1_800_000;
const ZONE = 'Australia/Melbourne';
/** Half hours from an instant, each of 1 kWh unless told otherwise. */
function halves(from: number, count: number, value: (i: number) => number | null = () => 1): Columns {
  const sum = Array.from({ length: count }, (_, i) => value(i));
  const rate = sum.map((one) => (one === null ? null : one * 2));
  return {
    start: sum.map((_, i) => from + i * HALF),
    step: HALF,
    mean: rate,
    min: rate,
    max: rate,
    sum,
    coverage: sum.map((one) => (one === null ? 0 : 1)),
    estimatedShare: sum.map(() => 0),
  };
}
// Daylight saving ends on Sunday 5 April 2026 in Melbourne: that day has 25 hours.
const FRIDAY = Date.parse('2026-04-03T00:00:00+11:00');
const MONDAY = Date.parse('2026-04-06T00:00:00+10:00');

test('a stretch holds what begins in it', () => {
  const columns = cut(halves(FRIDAY, 96), { from: FRIDAY + HALF, to: FRIDAY + 3 * HALF });
  expect(columns.start).toEqual([FRIDAY + HALF, FRIDAY + 2 * HALF]);
  expect(columns.sum).toEqual([1, 1]);
});

test('a day of 25 hours is one day, and the whole keeps its energy', () => {
  const columns = halves(FRIDAY, (MONDAY - FRIDAY) / HALF);
  const days = byDay(columns, { from: FRIDAY, to: MONDAY }, ZONE);
  expect(days.sum).toEqual([48, 48, 50]);
  expect(total(days.sum)).toBe(total(columns.sum));
  expect(days.max).toEqual([2, 2, 2]);
});

test('a day without any reading is unknown, and one with half of them says so', () => {
  const days = byDay(halves(FRIDAY, 96, (i) => (i < 24 ? 1 : null)), { from: FRIDAY, to: FRIDAY + 96 * HALF }, ZONE);
  expect(days.sum).toEqual([24, null]);
  expect(days.coverage).toEqual([0.5, 0]);
  expect([days.mean[1], days.min[1], days.max[1]]).toEqual([null, null, null]);
});

test('the newest day is that of the last known value', () => {
  const { start, sum } = halves(FRIDAY, 96, (i) => (i < 40 ? 1 : null));
  expect(newestDay({ start, sum }, ZONE)).toEqual({ from: FRIDAY, to: FRIDAY + 48 * HALF });
  expect(newestDay({ start, sum: sum.map(() => null) }, ZONE)).toBeUndefined();
});
