import { expect, test } from 'vitest';

import { latestSentence, momentSentence, mostlySentence, todaySentence, type DaySoFar, type Moment } from './headline';

const zone = 'Australia/Adelaide';
/** Tue 24 Nov 2026, midnight in Adelaide. */
const day = Date.parse('2026-11-23T13:30:00Z');
const ten = day + 10 * 3_600_000;

const moment: Moment = {
  zone,
  at: ten,
  rate: 240,
  unit: 'kW',
  usual: { mean: 183, low: 170, high: 200 },
  isGiving: false,
  isLive: true,
  parts: [],
};
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

test('use now stands against what is normal at its time, with the part that explains it', () => {
  const parts = [
    { name: 'Chiller 2', excess: 46 },
    { name: 'Lights', excess: 3 },
  ];
  expect(plain(momentSentence({ ...moment, parts }))).toBe(
    'Using 240 kW, 31 % more than normal for a Tuesday 10:00. Mostly Chiller 2 (+46.0 kW).',
  );
});

test('what gives nothing at night is not called a user', () => {
  const roof = { ...moment, rate: 0, usual: { mean: 0, low: 0, high: 0 }, isGiving: true };
  expect(momentSentence(roof)).toBe('Giving nothing now, as usual for a Tuesday 10:00.');
  expect(plain(momentSentence({ ...moment, rate: 0 }))).toBe('Using nothing now; usual for a Tuesday 10:00 is 183 kW.');
});

test('a difference of less than two per cent is no difference', () => {
  expect(plain(momentSentence({ ...moment, rate: 185 }))).toBe('Using 185 kW, as much as normal for a Tuesday 10:00.');
});

test('without history the figure stands alone', () => {
  expect(plain(momentSentence({ ...moment, usual: undefined }))).toBe('Using 240 kW.');
});

test('a site that feeds in is not called a user, and no per cent is made of it', () => {
  expect(plain(momentSentence({ ...moment, rate: -12 }))).toBe(
    'Feeding 12.0 kW into the grid; usual for a Tuesday 10:00 is 183 kW.',
  );
});

test('a figure that is not live says when it was heard', () => {
  expect(plain(momentSentence({ ...moment, isLive: false }))).toBe(
    'Last heard at 10:00: 240 kW, 31 % more than normal for a Tuesday 10:00.',
  );
});

test('parts are named only where they make up something of the excess', () => {
  expect(mostlySentence(100, [{ name: 'Lights', excess: 10 }], 'kW')).toBe('');
  expect(plain(mostlySentence(100, [{ name: 'Lights', excess: 30 }], 'kW'))).toBe('A part of it is Lights (+30.0 kW).');
  const two = [
    { name: 'Lights', excess: 25 },
    { name: 'Pumps', excess: 30 },
  ];
  expect(plain(mostlySentence(100, two, 'kW'))).toBe('Parts of it are Pumps (+30.0 kW) and Lights (+25.0 kW).');
  expect(mostlySentence(-5, two, 'kW')).toBe('');
});

const soFar: DaySoFar = {
  zone,
  day,
  isToday: true,
  isWhole: false,
  total: 186,
  unit: 'kWh',
  soFar: { used: 186, usual: 194, change: 186 / 194 - 1, until: ten, coverage: 1 },
  hasHistory: true,
};

test('today is compared with the same hours of a normal day', () => {
  expect(plain(todaySentence(soFar))).toBe(
    'Today so far: 186 kWh, 4 % less than a normal Tuesday up to 10:00 (194 kWh).',
  );
});

test('what cannot be compared says why', () => {
  const young = { ...soFar, hasHistory: false };
  expect(plain(todaySentence(young))).toBe('Today so far: 186 kWh. Not enough history to say what is normal.');
  const known = { used: 80, usual: 90, change: -0.1, until: ten, coverage: 0.6 };
  expect(plain(todaySentence({ ...soFar, soFar: known }))).toBe(
    'Today so far: 186 kWh. Only 60 % of the time so far is known, so it is not compared with a normal day.',
  );
});

test('data that ended reads as its newest day', () => {
  const last = Date.parse('2022-12-31T23:00:00Z');
  const ended: DaySoFar = {
    ...soFar,
    zone: 'UTC',
    day: Date.parse('2022-12-31T00:00:00Z'),
    isToday: false,
    isWhole: true,
    soFar: { used: 109, usual: 100, change: 0.09, until: last + 3_600_000, coverage: 1 },
  };
  expect(plain(latestSentence(last, ended))).toBe(
    'Newest data: Sat 31 Dec 2022 23:00. That day used 186 kWh, 9 % more than a normal Saturday.',
  );
  expect(plain(latestSentence(last, { ...ended, isWhole: false }))).toContain('That day up to 00:00 used 186 kWh, 9 % more');
});
