import { expect, test } from 'vitest';

import type { TenantPreferences } from '../../api/types';
import { changesOf, chosenOf, clashing, draftOf, wrongOf } from './choices';

const held: TenantPreferences = {
  financial_year_start: '07-01',
  currency: 'AUD',
  carriers: ['electricity', 'gas'],
  display_units: { gas: 'GJ', electricity: 'MWh' },
  is_offline_allowed: true,
};
const opened = chosenOf(draftOf(held));

test('what is not touched is not sent', () => {
  expect(changesOf(opened, chosenOf(draftOf(held)))).toEqual({});
  expect(changesOf(opened, chosenOf({ ...draftOf(held), units: { electricity: 'MWh', gas: 'GJ', water: '' } }))).toEqual({});
});

test('a changed day is sent as month and day, alone', () => {
  expect(changesOf(opened, chosenOf({ ...draftOf(held), day: ' 5 ', month: '04' }))).toEqual({ financial_year_start: '04-05' });
});

test.each([
  ['29', '02', 1],
  ['28', '02', 0],
  ['31', '06', 1],
  ['0', '07', 1],
  ['x', '07', 1],
])('the %s of month %s is wrong: %s', (day, month, n) => {
  expect(wrongOf({ ...draftOf(held), day, month })).toHaveLength(n);
});

test('a currency is three letters, and one energy at least is shown', () => {
  expect(wrongOf({ ...draftOf(held), currency: '$', carriers: [] }).map(([field]) => field)).toEqual(['currency', 'carriers']);
});

test('only what both changed differently is a clash', () => {
  const now = { ...opened, currency: 'NZD', is_offline_allowed: false };
  expect(clashing(opened, now, { ...opened, currency: 'EUR' })).toEqual(['currency']);
  expect(clashing(opened, now, { ...opened, currency: 'NZD' })).toEqual([]);
  expect(clashing(opened, now, { ...opened, financial_year_start: '01-01' })).toEqual([]);
});
