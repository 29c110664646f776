import { expect, test } from 'vitest';

import { extremes, joined, valueAt, type TrendSeries } from './trend';

const series = (start: number[], step: number, mean: (number | null)[]): TrendSeries => ({
  name: 'a',
  columns: { start, step, mean, min: mean, max: mean, coverage: mean.map(() => 1) },
  colour: 0,
});

test('a value holds over its bucket and no longer', () => {
  const one = series([0, 10, 20], 10, [1, null, 3]);
  expect([0, 9, 10, 20, 29, 30].map((at) => valueAt(one, at))).toEqual([1, 1, null, 3, 3, null]);
});

test('series of different steps share one axis, and a gap stays a gap', () => {
  const { x, y } = joined([series([0, 10, 20], 10, [1, 2, 3]), series([0, 5, 10, 15], 5, [4, 5, null, 7])]);
  expect(x).toEqual([0, 5, 10, 15, 20]);
  expect(y).toEqual([
    [1, 1, 2, 2, 3],
    [4, 5, null, 7, null],
  ]);
});

test('the extremes are those of the readings, not of the means', () => {
  const one: TrendSeries = {
    name: 'a',
    columns: { start: [0, 10], step: 10, mean: [5, 6], min: [1, 4], max: [7, 9], coverage: [1, 1] },
    colour: 0,
  };
  expect(extremes(one)).toEqual({ low: { value: 1, at: 0 }, high: { value: 9, at: 10 }, last: { value: 6, at: 10 } });
  expect(extremes(series([0], 10, [null]))).toBeUndefined();
});
