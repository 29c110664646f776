import { expect, test } from 'vitest';

import { limitsOf, normalAt, soFar, stretches, type Normal } from './normal';
import type { Columns } from './types';

const QUARTER = 900_000;
const columns = (mean: (number | null)[], coverage: (number | null)[] = mean.map(() => 1)): Columns => ({
  start: mean.map((_, i) => i * QUARTER),
  step: QUARTER,
  mean,
  min: mean,
  max: mean,
  sum: mean.map((value) => (value === null ? null : value / 4)),
  coverage,
  estimatedShare: mean.map(() => 0),
});
const flat = (length: number): Normal => ({
  mean: Array<number>(length).fill(10),
  low: Array<number>(length).fill(8),
  high: Array<number>(length).fill(12),
});

test('half an hour above P90 is told, a quarter is not', () => {
  expect(stretches(columns([10, 13, 10, 14, 16, 10]), flat(6))).toEqual([
    { from: 3 * QUARTER, to: 5 * QUARTER, excess: 5 },
  ]);
});

test('an unknown bucket ends a stretch', () => {
  expect(stretches(columns([13, null, 13]), flat(3))).toEqual([]);
});

test('a bucket without history is never above', () => {
  const young: Normal = { mean: [null, null], low: [null, null], high: [null, null] };
  expect(stretches(columns([50, 50]), young)).toEqual([]);
  expect(normalAt(columns([50, 50]), young, 0)).toBeUndefined();
});

test('the usual at an instant is that of its bucket', () => {
  expect(normalAt(columns([1, 2]), flat(2), QUARTER + 5)).toEqual({ mean: 10, low: 8, high: 12 });
  expect(normalAt(columns([1, 2]), flat(2), 2 * QUARTER)).toBeUndefined();
});

test('a day so far counts the buckets that both sides know whole', () => {
  const found = soFar(columns([8, null, 12, 12, null], [1, 0, 1, 0.5, 0]), [2.5, 2.5, 2.5, 2.5, 2.5], 0);
  expect(found).toEqual({ used: 5, usual: 5, change: 0, until: 4 * QUARTER, coverage: 0.5 });
});

test('nothing known is nothing compared', () => {
  expect(soFar(columns([null, null]), [1, 1], 0)).toBeUndefined();
});

test('just above the band is not above normal, nor is little beside what is usual by day', () => {
  const band = { mean: [10, 95, null], low: [9, 90, null], high: [10, 100, null] };
  expect(limitsOf({ ...band, high: [20, 100, null] })).toEqual([21, 105, null]);
  // A twentieth of the night's 10 is less than a hundredth of the day's 100.
  expect(limitsOf(band)).toEqual([11, 105, null]);
  const night: Normal = { mean: [10, 10, 95], low: [9, 9, 90], high: [10, 10, 100] };
  expect(stretches(columns([10.9, 10.9, 95]), night)).toEqual([]);
  expect(stretches(columns([11.1, 11.1, 95]), night)).toHaveLength(1);
});
