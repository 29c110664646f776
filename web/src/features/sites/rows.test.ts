import { expect, test } from 'vitest';

import type { SiteRow } from '../../api/types';
import { advanced, headline, rowOf } from './rows';

const NOW = Date.parse('2026-11-25T03:00:00Z');
const MINUTE = 60_000;

const site = (name: string, at: string | null, freshness = 'live', power = 100): SiteRow =>
  ({
    id: name,
    name,
    zone: 'Australia/Adelaide',
    latest: at === null ? null : { at, power_kw: power, quality: 'actual', freshness },
    today_kwh: 500,
    yesterday_kwh: 900,
    month_kwh: 9000,
    carriers: ['electricity'],
    coverage: 1,
  }) as SiteRow;
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

test('a value of the socket stands over the stored one, and ages by the rhythm it came in', () => {
  const before = advanced(undefined, NOW - 3 * MINUTE, 1);
  const live = advanced(before, NOW - 2 * MINUTE, 2);
  expect(live.interval).toBe(MINUTE);
  const stored = site('A', new Date(NOW - 9 * MINUTE).toISOString(), 'late');
  expect(rowOf(stored, live, NOW)).toMatchObject({ power: 2, freshness: 'live' });
  expect(rowOf(stored, live, NOW + MINUTE).freshness).toBe('late');
});

test('a stored value that is newer than the socket wins', () => {
  const live = advanced(undefined, NOW - 9 * MINUTE, 2);
  expect(rowOf(site('A', new Date(NOW - MINUTE).toISOString()), live, NOW).power).toBe(100);
});

test('the sentence adds what is of today and names who is late', () => {
  const rows = [
    rowOf(site('Town Hall', new Date(NOW - MINUTE).toISOString()), undefined, NOW),
    rowOf(site('Library', new Date(NOW - 50 * MINUTE).toISOString(), 'late'), undefined, NOW),
    rowOf(site('Archive', '2022-12-31T12:00:00Z', 'ended'), undefined, NOW),
  ];
  expect(plain(headline(rows, NOW))).toBe(
    '3 sites: using 200 kW now, 1.00 MWh so far today. 1 site is late: Library.',
  );
});

test('a portfolio of old files says how new its newest data is', () => {
  const rows = [rowOf(site('Archive', '2022-12-31T12:00:00Z', 'ended'), undefined, NOW)];
  expect(headline(rows, NOW)).toBe('1 site: newest data from Sat 31 Dec 2022.');
});

test('sites without a reading are no zero', () => {
  const row = rowOf(site('New', null), undefined, NOW);
  expect(row.power).toBeNull();
  expect(headline([row], NOW)).toBe('1 site; none has sent a reading yet.');
});
