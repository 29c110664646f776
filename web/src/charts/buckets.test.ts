import { expect, test } from 'vitest';

import { lanes } from './annotations';
import { bucketAt, edgesOf } from './buckets';
import type { Columns } from './types';

const HOUR = 3_600_000;
const none = [null, null, null];
/** Days of 24, 23 and 24 hours. */
const days: Columns = {
  start: [0, 24 * HOUR, 47 * HOUR],
  step: 24 * HOUR,
  mean: none,
  min: none,
  max: none,
  sum: none,
  coverage: none,
  estimatedShare: none,
};

test('an instant lies in the bucket that started last', () => {
  expect(bucketAt(days, 0)).toBe(0);
  expect(bucketAt(days, 24 * HOUR - 1)).toBe(0);
  expect(bucketAt(days, 46 * HOUR)).toBe(1);
  expect(bucketAt(days, -1)).toBeUndefined();
});

test('a short day ends where the next one starts, the last one after its usual length', () => {
  expect(edgesOf(days, 1)).toEqual({ from: 24 * HOUR, to: 47 * HOUR });
  expect(edgesOf(days, 2)).toEqual({ from: 47 * HOUR, to: 71 * HOUR });
  expect(edgesOf(days, undefined)).toBeUndefined();
});

test('a bucket before a hole does not swallow it', () => {
  expect(edgesOf({ ...days, start: [0, 96 * HOUR] }, 0)?.to).toBe(30 * HOUR);
});

test('flags that would cover each other are stacked', () => {
  expect(lanes([0, 5, 20, 22], 15)).toEqual([0, 1, 0, 1]);
});
