import { expect, test } from 'vitest';

import type { SiteHealth, SiteRow } from '../../api/types';
import { toggled } from './favourites';
import { dayMarks, dayTone, missingText, ordered, sentence } from './rows';

const row = (id: string): SiteRow => ({ id, name: id.toUpperCase() }) as SiteRow;
const silent = { meter_id: 'm', name: 'Main', carrier: 'gas', rhythm: 'live', freshness: 'late', newest_end: null } as const;
const health = (name: string, silences = 0, changes: Partial<SiteHealth> = {}): SiteHealth => ({
  site_id: name,
  name,
  zone: 'Australia/Adelaide',
  meters: 3,
  silent: Array.from({ length: silences }, () => silent),
  dates: [],
  completeness: [],
  missing_hours: 0,
  ...changes,
});

test('favourites stand first, in the order they were chosen; one that may not be seen any more is left out', () => {
  const { starred, others } = ordered([row('a'), row('b'), row('c')], ['c', 'gone', 'a']);
  expect(starred.map(({ id }) => id)).toEqual(['c', 'a']);
  expect(others.map(({ id }) => id)).toEqual(['b']);
});

test('a star is given at the end and taken from its place', () => {
  expect(toggled(['a', 'b'], 'c')).toEqual(['a', 'b', 'c']);
  expect(toggled(['a', 'b', 'c'], 'b')).toEqual(['a', 'c']);
});

test('the sentence says that all talk, or counts the silent meters and names their sites', () => {
  expect(sentence([health('Hall'), health('Pool')])).toBe('All 2 sites talk as they should.');
  expect(sentence([health('Hall')])).toBe('Your site talks as it should.');
  expect(sentence([health('Hall', 2), health('Pool'), health('Depot', 1)])).toBe('3 meters are silent, at Hall and Depot.');
  expect(sentence(['A', 'B', 'C', 'D'].map((name) => health(name, 1)))).toBe(
    '4 meters are silent, at A, B, C and 1 more.',
  );
});

test('a day that nobody expects anything of is no reproach, and never a zero', () => {
  expect([null, 1, 0.996, 0.7, 0.05, 0].map(dayTone)).toEqual(['plain', 'good', 'good', 'warn', 'bad', 'bad']);
  const marks = dayMarks(health('Hall', 0, { dates: ['2026-11-18', '2026-11-19'], completeness: [0.875, null] }));
  expect(marks.map(({ name }) => name)).toEqual(['Wed 18', 'Thu 19']);
  expect(marks.map(({ text }) => text)).toEqual(['Wed 18: 87.5\u00a0%', 'Thu 19: none due']);
});

test('missing hours are said where there are some', () => {
  expect(missingText(health('Hall'))).toBeUndefined();
  expect(missingText(health('Hall', 0, { missing_hours: 8.5 }))).toBe('8 h 30 min of readings are missing in these days.');
});
