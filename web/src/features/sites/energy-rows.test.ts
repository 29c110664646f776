import { expect, test } from 'vitest';

import type { PortfolioSite } from '../../live/portfolio';
import { cellOf, columnsOf, orderOf, pressed, quartered, rowsCsv, sorted, whyNot } from './energy-rows';

const site = (name: string, perM2: number | null, change: number | null = 0.1, unit = 'kWh'): PortfolioSite => ({
  id: name,
  name,
  zone: 'Australia/Melbourne',
  floor_area_m2: perM2 === null ? null : 100,
  use_type: 'library',
  tags: [],
  unit,
  sum: perM2 === null ? null : perM2 * 100,
  per_m2: perM2,
  compared: { this: 11, that: 10, change_share: change, reason: change === null ? 'too_few_common_days' : null },
  elapsed_days: 10,
  common_days: 10,
  coverage: 1,
  estimated_share: 0,
  cost: null,
});
const SITES = [site('Depot', 4), site('Hall', 1), site('Pool', 9, null), site('Shed', 2), site('Park', null)];
const names = (query: string): string[] =>
  sorted(quartered(SITES), orderOf(new URLSearchParams(query))).map((row) => row.site.name);

test('the highest per m2 stands first, and what is not known last, whichever way', () => {
  expect(names('')).toEqual(['Pool', 'Depot', 'Shed', 'Hall', 'Park']);
  expect(names('sort=per_m2')).toEqual(['Hall', 'Shed', 'Depot', 'Pool', 'Park']);
  expect(names('sort=name')).toEqual(['Depot', 'Hall', 'Park', 'Pool', 'Shed']);
  expect(names('sort=nonsense')).toEqual(names(''));
});

test('quarters are of the own sites with a floor area and one unit', () => {
  expect(quartered(SITES).map(({ quarter }) => quarter)).toEqual([3, 1, 4, 2, null]);
  expect(quartered([...SITES.slice(0, 3), site('Gas', 1, 0, 'MJ')]).map(({ quarter }) => quarter)).toEqual([null, null, null, null]);
});

test('pressing a head turns the order, another head begins with the largest', () => {
  const order = orderOf(new URLSearchParams(''));
  expect(pressed(order, 'per_m2')).toBe('per_m2');
  expect(pressed(order, 'change')).toBe('-change');
  expect(pressed(order, 'name')).toBe('name');
});

test('columns are those of the address, in the order of the table', () => {
  expect(columnsOf(new URLSearchParams('cols=use,sum,nonsense'))).toEqual(['sum', 'use']);
  expect(columnsOf(new URLSearchParams('cols='))).toEqual([]);
});

test('a change that is not printed is a dash with its reason', () => {
  const [row] = quartered([site('Pool', 9, null)]);
  expect(row && cellOf(row, 'change', 'AUD')).toBe('–');
  expect(row && whyNot(row)).toBe('No comparison: too few days are known on both sides.');
});

test('CSV holds exact figures, and nothing where nothing is known', () => {
  const lines = rowsCsv(quartered([site('Hall', 1.25), site('Park', null)])).split('\r\n');
  expect(lines[1]).toBe('Hall,Hall,library,100,kWh,125,1.25,,0.1,11,10,,1,0,,');
  expect(lines[2]).toContain('Park,Park,library,,kWh,,,');
});
