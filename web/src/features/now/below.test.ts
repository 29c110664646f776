import { expect, test } from 'vitest';

import { excesses, shareOf, standing, type Part } from './below';

const END = '2026-11-24T10:15:00Z';
const part = (name: string, rate: number, usual: number | null, more: Partial<Part> = {}): Part => ({
  meter_id: name,
  name,
  asset_id: 'a',
  asset_name: 'A',
  asset_kind: 'chiller',
  role: 'sub',
  direction: 'import',
  fed_by: null,
  depth: 0,
  freshness: 'live',
  now: {
    start: '2026-11-24T10:00:00Z',
    end: END,
    rate,
    usual,
    low: usual,
    high: usual === null ? null : usual + 1,
    total: 1,
    used: 1,
    used_normally: 1,
  },
  ...more,
});

test('the deepest meter that makes up most of an excess is named, and no energy twice', () => {
  const parts = [
    part('main', 140, 90, { role: 'boundary' }),
    part('plant', 60, 20, { fed_by: 'main' }),
    part('chiller', 50, 12, { fed_by: 'plant' }),
    part('lights', 12, 10, { fed_by: 'main' }),
  ];
  expect(excesses(parts)).toEqual([
    { name: 'chiller', excess: 38 },
    { name: 'lights', excess: 2 },
  ]);
});

test('a meter stays named where its children share the excess', () => {
  const parts = [
    part('plant', 60, 20),
    part('one', 30, 10, { fed_by: 'plant' }),
    part('two', 30, 10, { fed_by: 'plant' }),
  ];
  expect(excesses(parts)).toEqual([{ name: 'plant', excess: 40 }]);
});

test('meters that feed each other in a circle end the search', () => {
  const parts = [part('one', 30, 10, { fed_by: 'two' }), part('two', 30, 10, { fed_by: 'one' }), part('three', 5, 1)];
  expect(excesses(parts)).toEqual([{ name: 'three', excess: 4 }]);
});

test('what stands against its band is told in one word', () => {
  expect(standing(part('a', 12, 10))).toBe('over');
  expect(standing(part('a', 10.5, 10))).toBe('inside');
  expect(standing(part('a', 9, 10))).toBe('under');
  expect(standing(part('a', 9, null))).toBe('unknown');
  expect(standing(part('a', 9, 10, { now: null }))).toBe('silent');
});

test('a share is of what arrives in the same interval, and of nothing else', () => {
  const main = part('main', 100, 90, { role: 'boundary' });
  const lights = part('lights', 25, 20);
  expect(shareOf(lights, [main, lights])).toBe(0.25);
  const late = part('main', 100, 90, { role: 'boundary' });
  const old = { ...late, now: late.now && { ...late.now, end: '2026-11-24T06:00:00Z' } };
  expect(shareOf(lights, [old, lights])).toBeUndefined();
  expect(shareOf(part('pv', 5, 5, { role: 'generation', direction: 'export' }), [main])).toBeUndefined();
  expect(shareOf(lights, [lights])).toBeUndefined();
});
