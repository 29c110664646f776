import { expect, test } from 'vitest';

import { barOf, extent, NARROW, WIDE } from './bar-places';
import { bucketAround, widened } from './buckets';
import { atOf, xOf, yOf, type Plane } from './plane';
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
  sum: [100, -50, null],
  coverage: [1, 1, 0],
  estimatedShare: none,
};
const plane: Plane = { left: 60, top: 10, width: 710, height: 200, from: 0, to: 71 * HOUR, low: -100, high: 100 };

test('a place on the plane is the instant that is drawn there', () => {
  expect(xOf(plane, 0)).toBe(60);
  expect(xOf(plane, 71 * HOUR)).toBe(770);
  expect(atOf(plane, xOf(plane, 30 * HOUR))).toBe(30 * HOUR);
  expect(atOf(plane, 59)).toBeUndefined();
  expect(atOf(plane, 771)).toBeUndefined();
});

test('the right edge is still of the period, which ends before it', () => {
  expect(atOf(plane, 770)).toBe(71 * HOUR - 1);
});

test('a bar stands on zero in the middle of its bucket, whatever the length of the day', () => {
  const bar = barOf(plane, days, 0, 100, WIDE);
  expect(bar?.top).toBe(10);
  expect((bar?.top ?? 0) + (bar?.height ?? 0)).toBe(yOf(plane, 0));
  expect(bar?.width).toBeCloseTo(240 * WIDE);
  expect((bar?.left ?? 0) + (bar?.width ?? 0) / 2).toBeCloseTo(xOf(plane, 12 * HOUR));
  expect(barOf(plane, days, 1, 100, NARROW)?.width).toBeCloseTo(230 * NARROW);
});

test('what was fed in hangs below zero', () => {
  const bar = barOf(plane, days, 1, -50, NARROW);
  expect(bar?.top).toBe(yOf(plane, 0));
  expect(bar?.height).toBe(50);
});

test('the least amount shows, none is no bar of one pixel, unknown is no bar', () => {
  expect(barOf(plane, days, 0, 0.001, WIDE)?.height).toBe(1);
  expect(barOf(plane, days, 0, 0, WIDE)?.height).toBe(0);
  expect(barOf(plane, days, 2, null, WIDE)).toBeUndefined();
  expect(barOf(plane, days, 9, 5, WIDE)).toBeUndefined();
});

test('both columns are in the extent, and zero is', () => {
  expect(extent([100, -50, null], [120, null])).toEqual([-50, 120]);
  expect(extent([null], [])).toEqual([0, 0]);
});

test('the pointer finds the bucket it is over, and nothing behind the last one', () => {
  expect(bucketAround(days, 25 * HOUR)).toBe(1);
  expect(bucketAround(days, -1)).toBeUndefined();
  expect(bucketAround(days, 72 * HOUR)).toBeUndefined();
  expect(bucketAround({ ...days, start: [0, 96 * HOUR] }, 60 * HOUR)).toBeUndefined();
});

test('a drag is widened to whole buckets inside the period', () => {
  expect(widened(days, plane, 3 * HOUR, 30 * HOUR)).toEqual([0, 47 * HOUR]);
  expect(widened(days, { from: 10 * HOUR, to: 40 * HOUR }, 12 * HOUR, 30 * HOUR)).toEqual([10 * HOUR, 40 * HOUR]);
  expect(widened(days, { from: 0, to: 1 }, 50 * HOUR, 60 * HOUR)).toBeUndefined();
});
