import { describe, expect, test } from 'vitest';

import { DAY, HOUR, clock, date, dayStart, instant, iso, local, offset, zoneInWords } from './time';

const ADELAIDE = 'Australia/Adelaide';
const at = (text: string): number => Date.parse(text);

test('a half-hour zone with daylight saving is ahead by what the clock says', () => {
  expect(offset(at('2026-01-15T00:00:00Z'), ADELAIDE)).toBe(10.5 * HOUR);
  expect(offset(at('2026-07-15T00:00:00Z'), ADELAIDE)).toBe(9.5 * HOUR);
});

describe('local days', () => {
  test('the day daylight saving starts has 23 hours', () => {
    const start = dayStart(at('2026-10-04T05:00:00Z'), ADELAIDE);
    expect(dayStart(start, ADELAIDE, 1) - start).toBe(23 * HOUR);
  });

  test('the day it ends has 25', () => {
    const start = dayStart(at('2026-04-05T05:00:00Z'), ADELAIDE);
    expect(dayStart(start, ADELAIDE, 1) - start).toBe(25 * HOUR);
  });

  test('going back 364 days lands on a midnight', () => {
    const { hour, minute } = local(dayStart(at('2026-11-25T12:00:00Z'), ADELAIDE, -364), ADELAIDE);
    expect([hour, minute]).toEqual([0, 0]);
  });
});

describe('the instant of a wall clock', () => {
  test('an hour that does not exist is when the clock jumps', () => {
    expect(iso(instant(2026, 10, 4, 2, ADELAIDE), ADELAIDE)).toBe('2026-10-04T03:00:00+10:30');
  });

  test('an hour that comes twice is the first', () => {
    expect(iso(instant(2026, 4, 5, 2, ADELAIDE), ADELAIDE)).toBe('2026-04-05T02:00:00+10:30');
  });

  test('days overflow into months', () => {
    expect(date(instant(2026, 2, 30, 0, 'UTC'), 'UTC')).toBe('Mon 2 Mar 2026');
  });
});

test('an instant keeps its offset in text, west of Greenwich too', () => {
  expect(iso(at('2026-01-01T00:00:00Z'), 'America/St_Johns')).toBe('2025-12-31T20:30:00-03:30');
});

test('the clock has 24 hours and midnight is 00:00', () => {
  expect(clock(at('2026-01-01T00:00:00Z'), 'UTC')).toBe('00:00');
  expect(clock(at('2026-01-01T15:05:00Z'), 'UTC')).toBe('15:05');
});

test('an axis names its zone', () => {
  expect(zoneInWords(at('2026-11-25T00:00:00Z'), ADELAIDE)).toBe('Adelaide time (ACDT)');
  expect(zoneInWords(at('2026-11-25T00:00:00Z'), ADELAIDE, { withShort: false })).toBe('Adelaide time');
  expect(zoneInWords(at('2026-11-25T00:00:00Z'), 'UTC')).toBe('UTC');
});

test('local days cover a year without hole or overlap', () => {
  let day = dayStart(at('2026-01-01T12:00:00Z'), ADELAIDE);
  for (let i = 0; i < 365; i++) {
    const next = dayStart(day, ADELAIDE, 1);
    expect(Math.abs(next - day - DAY)).toBeLessThanOrEqual(HOUR);
    day = next;
  }
  expect(date(day, ADELAIDE)).toBe('Fri 1 Jan 2027');
});

test('what is kept of an offset is what the zone says, on both sides of every change of the clock', () => {
  for (const zone of [ADELAIDE, 'Australia/Lord_Howe', 'Europe/London', 'America/St_Johns', 'Pacific/Apia']) {
    const says = new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium', hourCycle: 'h23' });
    const expectKept = (one: number): void =>
      expect(new Date(one + offset(one, zone)).toISOString().slice(0, 19)).toBe(says.format(one).replace(', ', 'T'));
    let changes = 0;
    for (let week = at('1974-01-01T00:00:00Z'); week < at('2030-01-01T00:00:00Z'); week += 7 * DAY) {
      if (offset(week, zone) === offset(week + 7 * DAY, zone)) continue;
      changes += 1;
      let [low, high] = [week, week + 7 * DAY];
      while (high - low > 1_000) {
        const middle = Math.floor((low + high) / 2_000) * 1_000;
        if (offset(middle, zone) === offset(week, zone)) low = middle;
        else high = middle;
      }
      for (const one of [low - HOUR, low - 1_000, low, high, high + 1_000, high + HOUR]) expectKept(one);
    }
    expect(changes).toBeGreaterThan(10);
  }
});
