import { expect, test } from 'vitest';

import type { MeterCard } from '../../api/types';
import { comingSentence, holds, powersOf, speakerOf } from './meter';

type SeriesCard = MeterCard['series'][number];
const NOW = Date.parse('2026-11-24T10:20:00Z');
const newest = (value: string, at = '2026-11-24T10:00:00Z'): NonNullable<SeriesCard['newest']> => ({
  at,
  end: new Date(Date.parse(at) + 900_000).toISOString(),
  value,
  quality: 'actual',
  flags: [],
  age_s: 300,
  seen_at: '2026-11-24T10:16:00Z',
});
const series = (more: Partial<SeriesCard>): SeriesCard => ({
  series_no: 1,
  register: 'E1',
  quantity: 'energy',
  direction: 'import',
  kind: 'interval',
  unit: 'kWh',
  step_s: 900,
  rhythm: 'live',
  start: null,
  end: null,
  derived_from: null,
  freshness: 'live',
  newest: newest('1'),
  ...more,
});
const meter = (...all: SeriesCard[]) => ({ is_virtual: false, series: all }) as unknown as MeterCard;
const reactive = (more: Partial<SeriesCard>): SeriesCard =>
  series({ register: 'Q1', quantity: 'reactive_energy', unit: 'kvarh', ...more });

test('how readings come is said with their rhythm and whether the next is due', () => {
  expect(comingSentence(meter(series({})), NOW)).toBe(
    'A reading every 15 min. They come as they are read. The last came 4 min ago. That is as it should be.',
  );
  const file = series({ rhythm: 'daily_file', freshness: 'late' });
  expect(comingSentence(meter(file), NOW)).toContain('They come in a file each day. The last came 4 min ago. The next is');
  expect(comingSentence(meter(series({ newest: null })), NOW)).toContain('None has come yet.');
  expect(comingSentence(meter(), NOW)).toBe('Nothing is stored of this meter yet.');
});

test('the series heard of last speaks for a meter', () => {
  const old = series({ series_no: 7, newest: newest('1', '2020-01-01T00:00:00Z') });
  expect(speakerOf([old, series({}), series({ series_no: 9, newest: null })])?.series_no).toBe(1);
  expect(speakerOf([])).toBeUndefined();
});

test('apparent power is of one interval that has both energies', () => {
  expect(powersOf(meter(series({ newest: newest('4') }), reactive({ newest: newest('3') })))).toMatchObject({
    apparent_kva: 20,
    reactive_kvar: 12,
    power_factor: 0.8,
  });
  const older = reactive({ newest: newest('3', '2026-11-24T09:45:00Z') });
  expect(powersOf(meter(series({}), older))).toBeUndefined();
  expect(powersOf(meter(series({})))).toBeUndefined();
});

test('a dated row holds from its start until its end', () => {
  const row = { start: '2026-11-24T10:20:00Z', end: '2026-11-24T10:30:00Z' };
  expect([NOW - 1, NOW, Date.parse(row.end)].map((at) => holds(row, at))).toEqual([false, true, false]);
  expect(holds({ start: null, end: null }, NOW)).toBe(true);
});
