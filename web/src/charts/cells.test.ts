import { describe, expect, test } from 'vitest';

import { cells, instantOf, runsAbove } from './cells';
import { rateAt } from './duration';
import { rowsOf } from './sankey';
import { dayTicks } from './ticks';
import type { Columns } from './types';

const [HOUR, QUARTER] = [3_600_000, 900_000];
const ADELAIDE = 'Australia/Adelaide';

function columns(values: readonly (number | null)[], from: number, step: number): Columns {
  const none = values.map(() => null);
  return {
    start: values.map((_, i) => from + i * step),
    step,
    mean: values,
    min: none,
    max: none,
    sum: none,
    coverage: none,
    estimatedShare: none,
  };
}

describe('a run above normal', () => {
  const from = Date.parse('2026-11-24T13:30:00Z');
  test('counts from half an hour on', () => {
    const held = columns([1, 9, 1, 9, 9, 1], from, QUARTER);
    expect([...runsAbove(held, [5, 5, 5, 5, 5, 5])]).toEqual([3, 4]);
  });

  test('ends at a gap, and needs to know what is normal', () => {
    const held = columns([9, null, 9, 9], from, QUARTER);
    expect([...runsAbove(held, [5, 5, null, 5])]).toEqual([]);
    expect([...runsAbove(held, undefined)]).toEqual([]);
  });

  test('is a cell of its local day', () => {
    const held = columns([1, 1, 9, 9], from, QUARTER);
    const laid = cells(held, from, from + 24 * HOUR, ADELAIDE, [5, 5, 5, 5]);
    expect(laid.perDay).toBe(96);
    expect([...laid.above]).toEqual([2, 3]);
  });
});

test('a cell behind a jump of the clock is spoken with its own wall clock', () => {
  const from = Date.parse('2026-10-03T14:30:00Z'); // midnight; 02:00 does not exist on this day
  const held = columns(
    Array.from({ length: 23 }, (_, i) => i),
    from,
    HOUR,
  );
  const laid = cells(held, from, from + 23 * HOUR, ADELAIDE);
  const { at, bucket } = instantOf(laid, held, from, ADELAIDE, 6);
  expect(new Date(at).toISOString()).toBe('2026-10-03T19:30:00.000Z');
  expect(bucket).toBe(5);
  expect(laid.value[6]).toBe(5);
});

test('marks of days stand on local midnights across daylight saving, and thin out', () => {
  const [from, to] = [Date.parse('2026-09-30T14:30:00Z'), Date.parse('2026-10-31T13:30:00Z')];
  expect(dayTicks(from, to, ADELAIDE, 40)).toHaveLength(31);
  expect(dayTicks(from, to, ADELAIDE, 6)).toHaveLength(5);
  expect(dayTicks(from, to, ADELAIDE, 40).at(-1)).toBe(Date.parse('2026-10-30T13:30:00Z'));
});

test('the duration curve is read at a share of the time', () => {
  const curve = { share: [0.1, 0.5, 1], rate: [100, 40, 10] };
  expect(rateAt(curve, 0.05)).toBe(100);
  expect(rateAt(curve, 0.5)).toBe(40);
  expect(rateAt({ share: [], rate: [] }, 0.5)).toBeUndefined();
});

test('the flow picture has a row for each end', () => {
  const nodes = ['main', 'a', 'b', 'c', 'd'].map((key) => ({ key, kind: 'meter' as const, name: key }));
  const links = ['a', 'b', 'c', 'd'].map((target) => ({ source: 'main', target, value: 1 }));
  expect(rowsOf(nodes, links)).toBe(4);
});
