import { expect, test } from 'vitest';

import { amountScale } from './month-scale';

test('marks are round, begin at zero and reach the largest amount', () => {
  expect(amountScale([870, 12], 'kWh')).toMatchObject({ ticks: [0, 250, 500, 750, 1000], top: 1000, factor: 1, unit: 'kWh' });
});

test('large amounts are in a larger unit', () => {
  expect(amountScale([381_000], 'kWh')).toMatchObject({ top: 400_000, factor: 1000, unit: 'MWh' });
  expect(amountScale([3_000_000], 'kWh')).toMatchObject({ factor: 1_000_000, unit: 'GWh' });
  expect(amountScale([3_000_000], 'm3')).toMatchObject({ factor: 1, unit: 'm3' });
});

test('nothing at all still has an axis', () => {
  expect(amountScale([], 'kWh').top).toBeGreaterThan(0);
});
