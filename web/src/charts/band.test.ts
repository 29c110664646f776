import { expect, test } from 'vitest';

import { aboveSentence, atSentence, runs, stops } from './band';
import type { ChartInput, Columns } from './types';

const QUARTER = 900_000;
/** Tue 24 Nov 2026, midnight in Adelaide. */
const MIDNIGHT = Date.parse('2026-11-23T13:30:00Z');
const columns = (mean: (number | null)[]): Columns => ({
  start: mean.map((_, i) => MIDNIGHT + i * QUARTER),
  step: QUARTER,
  mean,
  min: mean,
  max: mean,
  sum: mean.map((value) => (value === null ? null : value / 4)),
  coverage: mean.map((value) => (value === null ? 0 : 1)),
  estimatedShare: mean.map(() => 0),
});
const input = (mean: (number | null)[], usual: number | null = 10): ChartInput => ({
  data: {
    columns: columns(mean),
    live: [],
    other: {
      name: 'Normal',
      mean: mean.map(() => usual),
      sum: mean.map(() => usual),
      low: mean.map(() => usual),
      high: mean.map(() => (usual === null ? null : usual + 2)),
    },
  },
  view: {
    from: MIDNIGHT,
    to: MIDNIGHT + 24 * 3_600_000,
    now: MIDNIGHT + 4 * QUARTER,
    zone: 'Australia/Adelaide',
    rateUnit: 'kW',
    amountUnit: 'kWh',
  },
  tokens: {
    card: '',
    line: '',
    text: '',
    muted: '',
    context: '',
    band: '',
    series: '',
    palette: [],
    warn: '',
    heat: [],
    font: '',
  },
  text: { title: 'Demand' },
});
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

test('stretches above normal are told with the longest of them', () => {
  expect(plain(aboveSentence(input([15, 15, 10, 20, 20, 20])))).toBe(
    'Above normal for 1 h 15 min in 2 stretches; the longest 00:45 to 01:30, 10.0 kW over the usual.',
  );
  expect(aboveSentence(input([10, 10]))).toBe('Not above normal for half an hour or longer.');
});

test('without history nothing is called normal', () => {
  expect(aboveSentence(input([15, 15, 15], null))).toContain('Not enough history');
});

test('a reading is spoken with what is normal, and what lies ahead is only normal', () => {
  const day = input([15, 12, null]);
  expect(plain(atSentence(day, MIDNIGHT + QUARTER))).toBe('00:15: 12.0 kW; normal 10.0 kW, from 10.0 kW to 12.0 kW');
  expect(plain(atSentence(day, MIDNIGHT + 2 * QUARTER))).toBe('00:30: normal 10.0 kW, from 10.0 kW to 12.0 kW');
});

test('the band is drawn in runs, and not over what has no history', () => {
  const values = [1, 2, null, 4];
  expect(runs({ mean: values, low: values, high: values })).toEqual([
    [0, 2],
    [3, 4],
  ]);
});

test('arrow keys stand on each bucket and on the newest value', () => {
  const two = columns([1, 2]);
  expect(stops(two, MIDNIGHT + 5)).toEqual([MIDNIGHT, MIDNIGHT + 5, MIDNIGHT + QUARTER]);
  expect(stops(two, MIDNIGHT)).toEqual([MIDNIGHT, MIDNIGHT + QUARTER]);
});
