import { expect, test } from 'vitest';

import { addressOf, chosenOf, edge, isoEdge, moved, periodInWords, spanOf, type Calendar } from './period';

const zone = 'Australia/Melbourne';
const at = (text: string): number => edge(text, zone) ?? Number.NaN;
const calendar: Calendar = { zone, asOf: at('2026-11-25T14:00'), yearStartMonth: 7 };
const edges = (from: number, to: number): string => `${isoEdge(from, zone)} ${isoEdge(to, zone)}`;

test.each([
  ['day', '2026-11-25 2026-11-26'],
  ['7d', '2026-11-19 2026-11-26'],
  ['month', '2026-11-01 2026-12-01'],
  ['quarter', '2026-10-01 2027-01-01'],
  ['year', '2026-07-01 2027-07-01'],
] as const)('the newest %s ends with the day that periods hang on', (kind, expected) => {
  const { from, to } = spanOf({ kind }, calendar);
  expect(edges(from, to)).toBe(expected);
});

test('a financial year that starts in July holds the June after it', () => {
  const { from, to } = spanOf({ kind: 'year', on: '2026-06-30' }, calendar);
  expect(edges(from, to)).toBe('2025-07-01 2026-07-01');
});

test('going back and forth over the end of daylight saving comes home', () => {
  const before = moved({ kind: 'day', on: '2026-04-06' }, -1, calendar);
  expect(before).toEqual({ kind: 'day', on: '2026-04-05' });
  const { from, to } = spanOf(before, calendar);
  expect((to - from) / 3_600_000).toBe(25);
  expect(moved(before, 1, calendar)).toEqual({ kind: 'day', on: '2026-04-06' });
});

test('going forward to the newest forgets the date, so that the view stays the newest tomorrow', () => {
  expect(moved({ kind: 'month', on: '2026-10-31' }, 1, calendar)).toEqual({ kind: 'month' });
});

test('a custom period of days moves by its days, one to the minute by its length', () => {
  expect(moved({ kind: 'custom', from: '2026-04-01', to: '2026-04-08' }, -1, calendar)).toEqual({
    kind: 'custom',
    from: '2026-03-25',
    to: '2026-04-01',
  });
  expect(moved({ kind: 'custom', from: '2026-11-20T10:30', to: '2026-11-20T12:00' }, 1, calendar)).toEqual({
    kind: 'custom',
    from: '2026-11-20T12:00',
    to: '2026-11-20T13:30',
  });
});

test('an address survives the round trip and keeps what is not its own', () => {
  const query = new URLSearchParams('carrier=gas&period=month&on=2026-01-31');
  const chosen = chosenOf(query, 'day');
  expect(chosen).toEqual({ kind: 'month', on: '2026-01-31' });
  expect(addressOf(query, { kind: 'custom', from: '2026-01-01', to: '2026-02-01' })).toBe(
    '?carrier=gas&period=custom&from=2026-01-01&to=2026-02-01',
  );
});

test.each(['period=custom', 'period=custom&from=2026-02-02&to=2026-02-01', 'period=eon', 'on=yesterday'])(
  'an address that makes no sense (%s) falls back to the screen’s own period',
  (text) => {
    expect(chosenOf(new URLSearchParams(text), '7d')).toEqual({ kind: '7d' });
  },
);

test('periods read as people say them', () => {
  expect(periodInWords({ kind: 'month' }, calendar)).toBe('Nov 2026');
  expect(periodInWords({ kind: 'day' }, calendar)).toBe('Wed 25 Nov 2026');
  expect(periodInWords({ kind: '7d' }, calendar)).toBe('Thu 19 Nov 2026 to Wed 25 Nov 2026');
});
