import { expect, test } from 'vitest';

import type { Recent } from '../../api/types';
import { hasSpoken, newestEnd, nextDue, speaker, verdict, when, type RecentSeries } from './talking';

const NOW = Date.UTC(2026, 10, 25, 3, 0);
const MIN = 60_000;
const reading = (end: number, value: string | null = '1.5', step = 5 * MIN): RecentSeries['readings'][number] => ({
  at: new Date(end - step).toISOString(),
  end: new Date(end).toISOString(),
  value,
  quality: value === null ? 'null' : 'actual',
  flags: [],
});
const series = (changes: Partial<RecentSeries> = {}): RecentSeries => ({
  series_no: 1,
  register: 'E1',
  quantity: 'energy',
  direction: 'import',
  kind: 'interval',
  unit: 'kWh',
  step_s: 300,
  rhythm: 'live',
  is_derived: false,
  freshness: 'live',
  seen_at: null,
  readings: [reading(NOW - 3 * MIN)],
  ...changes,
});
const judged = (changes: Partial<RecentSeries>) =>
  verdict({ series: [series(changes)], is_virtual: false, timezone: 'Australia/Adelaide' }, NOW);

test.each<[string, Partial<RecentSeries>, string, string]>([
  ['talks', {}, 'good', 'Yes. The last reading ended 3 min ago; one comes every 5 min.'],
  [
    'is late',
    { freshness: 'late', readings: [reading(NOW - 20 * MIN)] },
    'warn',
    'It is late. The last reading ended 20 min ago; one should come every 5 min.',
  ],
  [
    'is silent',
    { freshness: 'stale', readings: [reading(NOW - 72 * 60 * MIN)] },
    'bad',
    'No. Nothing for 3 days; a reading should come every 5 min.',
  ],
  [
    'comes by file',
    { rhythm: 'daily_file', readings: [reading(NOW - 13.5 * 60 * MIN)] },
    'good',
    'Yes, by file: readings reach to Wed 25 Nov 2026 00:00. A file comes every day.',
  ],
  [
    'has a late file',
    { rhythm: 'monthly_file', freshness: 'late', readings: [reading(NOW - 13.5 * 60 * MIN)] },
    'warn',
    'Its file is late: readings reach to Wed 25 Nov 2026 00:00. One should come every month.',
  ],
  ['is irregular', { step_s: null, readings: [reading(NOW - MIN)] }, 'good', 'Yes. The last reading came 1 min ago.'],
  [
    'is out of service',
    { freshness: 'ended', readings: [reading(NOW - 13.5 * 60 * MIN)] },
    'plain',
    'It is out of service. Its last reading ended Wed 25 Nov 2026 00:00.',
  ],
  ['never spoke', { readings: [] }, 'bad', 'It has never said anything.'],
  ['knows no value', { readings: [reading(NOW, null)] }, 'bad', 'It has never said anything.'],
])('a meter that %s', (_name, changes, tone, text) => {
  expect(judged(changes)).toMatchObject({ tone, text });
});

test('only what comes live can be waited for', () => {
  expect(judged({}).isLive).toBe(true);
  expect(judged({ rhythm: 'daily_file' }).isLive).toBe(false);
  expect(verdict({ series: [], is_virtual: true, timezone: 'UTC' }, NOW)).toMatchObject({ tone: 'plain', isLive: false });
});

test('a counter speaks for itself, not what is derived from it', () => {
  const derived = series({ series_no: 2, is_derived: true });
  const counter = series({ series_no: 3, kind: 'cumulative' });
  expect(speaker([derived, counter])?.series_no).toBe(3);
  expect(speaker([series({ readings: [] }), derived])?.series_no).toBe(2);
});

test('the next reading is due a step after the last with a value', () => {
  const open = series({ readings: [reading(NOW, null), reading(NOW - 5 * MIN)] });
  expect(newestEnd(open)).toBe(NOW - 5 * MIN);
  expect(nextDue(open)).toBe(NOW);
  expect(nextDue(series({ rhythm: 'daily_file' }))).toBeUndefined();
  expect(nextDue(undefined)).toBeUndefined();
});

test('it has spoken when any register got something, a correction of an old reading too', () => {
  const answer = (changes: Partial<RecentSeries>): Recent => ({ series: [series(changes)] }) as Recent;
  expect(hasSpoken(answer({}), answer({}))).toBe(false);
  expect(hasSpoken(answer({}), answer({ readings: [reading(NOW + 2 * MIN)] }))).toBe(true);
  expect(hasSpoken(answer({}), answer({ seen_at: '2026-11-25T03:00:00Z' }))).toBe(true);
});

test('times are short: the day is named where it is not today', () => {
  const zone = 'Australia/Adelaide';
  expect(when(reading(NOW), zone, NOW)).toBe('13:25–13:30');
  expect(when(reading(NOW, '1', 0), zone, NOW)).toBe('13:30');
  expect(when(reading(NOW - 13.5 * 60 * MIN), zone, NOW)).toBe('Tue 24 Nov 2026 23:55–00:00');
  expect(when(reading(NOW, '9', 30 * 1440 * MIN), zone, NOW)).toBe('Mon 26 Oct 2026 13:30–Wed 25 Nov 2026 13:30');
});
