import { expect, test } from 'vitest';

import { headline, type SiteNow } from './headline';
import { dayOf, yearOf } from '../../live/consumption';

const now: SiteNow = {
  zone: 'Australia/Adelaide',
  latestAt: Date.parse('2026-11-25T03:00:00Z'),
  isToday: true,
  powerKw: 240,
  todayKwh: 1230,
  yesterdayKwh: 2600,
};
const plain = (site: SiteNow): string => headline(site).replaceAll('\u00a0', ' ');

test('a live site says what it uses', () => {
  expect(plain(now)).toBe('Using 240 kW now, 1.23 MWh so far today. Yesterday used 2.60 MWh in all.');
});

test('a site that feeds in says so, without a minus sign', () => {
  expect(plain({ ...now, powerKw: -12.5, yesterdayKwh: null })).toBe(
    'Feeding 12.5 kW into the grid now; 1.23 MWh used so far today.',
  );
});

test('a site of old files says how new its newest data is', () => {
  const latestAt = Date.parse('2022-12-31T12:30:00Z');
  expect(plain({ ...now, latestAt, isToday: false })).toBe(
    'Newest data: Sat 31 Dec 2022 23:00. That day used 1.23 MWh.',
  );
});

test('the year is 365 local days that end with the day', () => {
  const [day, year] = [dayOf(now.latestAt ?? 0, now.zone), yearOf(now.latestAt ?? 0, now.zone)];
  expect(year.to).toBe(day.to);
  expect(new Date(year.from).toISOString()).toBe('2025-11-25T13:30:00.000Z');
});
