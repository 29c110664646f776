import { expect, test } from 'vitest';

import { scaleOf } from './scale';

test('marks stand on round figures and begin at zero', () => {
  expect(scaleOf(17, 176, 5).marks).toEqual([0, 50, 100, 150]);
  expect(scaleOf(0.2, 0.9, 5).marks.map((mark) => mark.toFixed(1))).toEqual(['0.0', '0.2', '0.4', '0.6', '0.8']);
});

test('what feeds in lies below zero', () => {
  const { low, high, marks } = scaleOf(-40, 60, 5);
  expect([low < -40, high > 60]).toEqual([true, true]);
  expect(marks).toEqual([-40, -20, 0, 20, 40, 60]);
});

test('nothing but zero still has an axis', () => {
  expect(scaleOf(0, 0, 5)).toEqual({ low: 0, high: 1, marks: [0, 1] });
});
