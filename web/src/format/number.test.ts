import { describe, expect, test } from 'vitest';

import { exact, quantity, share, short } from './number';

const nbsp = '\u00a0';

describe('quantity', () => {
  test.each([
    [240, 'kW', `240${nbsp}kW`],
    [99.96, 'kW', `100${nbsp}kW`],
    [98, 'kW', `98.0${nbsp}kW`],
    [1234.5, 'kW', `1.23${nbsp}MW`],
    [-12.345, 'kW', `\u221212.3${nbsp}kW`],
    [0, 'kW', `0${nbsp}kW`],
    [0.0123, 'kWh', `0.0123${nbsp}kWh`],
    [2_500_000, 'kWh', `2.50${nbsp}GWh`],
    [12, 'm3', `12.0${nbsp}m³`],
  ])('%d %s reads %s', (value, unit, text) => {
    expect(quantity(value, unit)).toBe(text);
  });

  test.each([null, undefined, Number.NaN, Number.POSITIVE_INFINITY])('%s is unknown, never zero', (value) => {
    expect(quantity(value, 'kW')).toBe('–');
  });
});

test('digits before the point are never dropped', () => {
  expect(short(123_456.7)).toBe('123,457');
});

test('tables show what is stored', () => {
  expect(exact(-0.123456)).toBe('\u22120.123456');
});

test('99.99 per cent of the data is not all of it', () => {
  expect(share(0.9999)).toBe(`99.9${nbsp}%`);
  expect(share(1)).toBe(`100${nbsp}%`);
});
