import { expect, test } from 'vitest';

import { look, terms } from './terms';

test('every word is explained', () => {
  expect(terms.length).toBeGreaterThan(40);
  expect(terms.filter(({ word, is }) => word === '' || !is.endsWith('.'))).toEqual([]);
});

test.each(['demand', 'kWh', 'kVA', 'power factor', 'coverage', 'estimated', 'NMI', 'register', 'residual'])(
  '%s is the first answer to itself',
  (word) => {
    expect(look(word)[0]?.word.toLowerCase()).toContain(word.toLowerCase());
  },
);

test('a word is found by what it means', () => {
  expect(look('capacitors').map(({ name }) => name)).toEqual(['power_factor']);
});

test('nothing is found for nonsense, everything for nothing', () => {
  expect(look('zzz')).toEqual([]);
  expect(look('  ')).toBe(terms);
});
