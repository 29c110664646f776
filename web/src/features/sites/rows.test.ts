import { expect, test } from 'vitest';

import type { SiteRow } from '../../api/types';
import type { SiteNormal } from '../../live/portfolio';
import { advanced, byExcess, headline, rowOf, standingInWords, standingOf } from './rows';

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

test('a site that is read each half hour is as fresh as the server says, whatever the socket repeats', () => {
  const read = NOW - 50 * MINUTE;
  const stored = site('A', new Date(read).toISOString(), 'live');
  expect(rowOf(stored, advanced(undefined, read, 100), NOW).freshness).toBe('live');
  expect(rowOf(stored, advanced(undefined, read + 30 * MINUTE, 120), NOW).freshness).toBe('live');
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

const normal = (name: string, excess: number | null, band: readonly [number, number, number] = [80, 90, 100]): SiteNormal => ({
  site_id: name,
  on: '2026-11-25',
  low_kw: band[0],
  usual_kw: band[1],
  high_kw: band[2],
  used_kwh: 500,
  expected_kwh: 450,
  excess_kwh: excess,
  reason: excess === null ? 'not_enough_history' : null,
});
const NEW = new Date(NOW - MINUTE).toISOString();

test('most above normal stands first, and what nobody can say last by name', () => {
  const sites = ['D', 'C', 'B', 'A'].map((name) => site(name, NEW));
  const normals = new Map([['B', normal('B', 12)], ['C', normal('C', 40)], ['D', normal('D', null)]]);
  expect(byExcess(sites, normals).map(({ name }) => name)).toEqual(['C', 'B', 'A', 'D']);
});

test('the sentence names who is above normal and by how much', () => {
  const rows = [
    rowOf(site('Town Hall', NEW), undefined, NOW, normal('Town Hall', 42)),
    rowOf(site('Library', NEW), undefined, NOW, normal('Library', 0)),
    rowOf(site('Depot', NEW), undefined, NOW, normal('Depot', 1)),
  ];
  expect(plain(headline(rows, NOW))).toBe(
    '3 sites: using 300 kW now, 1.50 MWh so far today. 1 site is above normal: Town Hall (42.0 kWh).',
  );
});

test('a power stands against the usual of its time of day in words', () => {
  const of = (power: number, kwh: number | null = 0): string => {
    const row = rowOf(site('A', NEW, 'live', power), undefined, NOW, normal('A', kwh));
    return `${standingOf(row)}: ${plain(standingInWords(row))}`;
  };
  expect(of(117)).toBe('above: 30 % more than normal');
  expect(of(90)).toBe('within: normal');
  expect(of(45)).toBe('below: 50 % less than normal');
  const unknown = rowOf(site('A', NEW), undefined, NOW, { ...normal('A', null), low_kw: null, usual_kw: null, high_kw: null });
  expect(standingInWords(unknown)).toBe('not enough history');
});
