import { describe, expect, test } from 'vitest';

import type { Consumption } from '../../api/types';
import type { Calendar } from '../../format/period';
import { changeWords, headline, periodAsSubject } from './words';

const calendar: Calendar = {
  zone: 'Australia/Adelaide',
  asOf: Date.parse('2026-11-25T02:00:00Z'),
  yearStartMonth: 7,
};
type Summary = NonNullable<Consumption['comparison']>['summary'];
const summary: Summary = {
  this: 41_200,
  that: 43_800,
  change_share: -0.0594,
  coverage_this: 1,
  coverage_that: 1,
  elapsed_days: 24,
  common_days: 24,
  reason: null,
  sentence: '',
};
const answer = (
  changes: Partial<Summary> | null,
  total = '42000',
  sum: readonly (number | null)[] = [1],
  estimated: readonly (number | null)[] = [0],
): Consumption =>
  ({
    carrier: 'electricity',
    unit: 'kWh',
    total,
    sum,
    estimated_share: estimated,
    comparison: changes === null ? null : { summary: { ...summary, ...changes } },
  }) as unknown as Consumption;
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');
const month = { chosen: { kind: 'month' as const }, calendar, comparison: 'year' as const, otherName: '' };

describe('the sentence on top', () => {
  test('a running month is told whole, and compared by the days that both sides hold', () => {
    expect(plain(headline({ ...month, answer: answer({}) }))).toBe(
      'November so far used 42.0 MWh of electricity. Its 24 whole days used 41.2 MWh, 5.9 % less than the same 24 days of last year.',
    );
  });

  test('a month that is over is the whole of it', () => {
    const chosen = { kind: 'month' as const, on: '2026-09-03' };
    expect(plain(headline({ ...month, chosen, answer: answer({ change_share: 0.12, elapsed_days: 30, common_days: 30 }, '41200') }))).toBe(
      'September used 41.2 MWh of electricity, 12 % more than the same period of last year.',
    );
  });

  test('below 95 per cent of coverage the change is explained, and the amount is all there is', () => {
    const why = { change_share: null, reason: 'too_few_common_days', sentence: 'Too few days.' };
    expect(plain(headline({ ...month, answer: answer(why) }))).toBe(
      'November so far used 42.0 MWh of electricity. Too few days.',
    );
  });

  test('what is estimated of it is said', () => {
    const guessed = answer(null, '42000', [30_000, 12_000], [0.2, null]);
    expect(plain(headline({ ...month, comparison: 'none', answer: guessed }))).toBe(
      'November so far used 42.0 MWh of electricity. 14 % of what was used is estimated.',
    );
  });

  test('without readings nothing is said to have been used', () => {
    expect(headline({ ...month, answer: answer(null, '0', [null, null]) })).toBe('November: no readings.');
  });

  test('nothing is compared where nothing is asked for', () => {
    expect(plain(headline({ ...month, comparison: 'none', answer: answer(null) }))).toBe(
      'November so far used 42.0 MWh of electricity.',
    );
  });
});

describe('a change', () => {
  test('too small to matter is no change', () => {
    expect(changeWords('previous', { ...summary, change_share: 0.003 }, true, '').change).toBe(
      'about the same as the same 24 days of the period before',
    );
  });

  test('is against another asset by its name, against normal days by their number', () => {
    const other = changeWords({ asset: 'x' }, summary, true, 'Library').change;
    expect(plain(other ?? '')).toBe('5.9 % less than Library in the same time');
    expect(plain(changeWords('normal', summary, true, '').change ?? '')).toBe('5.9 % less than 24 normal days');
  });

  test('of one day names the matching day', () => {
    const day = { ...summary, elapsed_days: 1, common_days: 1 };
    expect(changeWords('year', day, false, '').change).toMatch(/the matching day of last year$/);
    expect(changeWords('previous', day, false, '').change).toMatch(/the day before$/);
  });
});

test('a stretch of hours is told by the clock, and that it cannot be compared', () => {
  const chosen = { kind: 'custom' as const, from: '2026-11-20T06:00', to: '2026-11-21T18:30' };
  expect(periodAsSubject(chosen, calendar)).toBe('Fri 20 Nov 2026 06:00 to Sat 21 Nov 2026 18:30');
  const why = { change_share: null, reason: 'nothing_elapsed', sentence: 'No day is complete yet.' };
  expect(plain(headline({ ...month, chosen, answer: answer(why) }))).toMatch(/Whole days are compared, and there is none in it\.$/);
  expect(plain(headline({ ...month, chosen: { kind: 'day' }, answer: answer(why) }))).toMatch(/No day is complete yet\.$/);
});

test('periods are subjects of sentences', () => {
  expect(periodAsSubject({ kind: 'day' }, calendar)).toBe('Today');
  expect(periodAsSubject({ kind: 'month', on: '2025-11-03' }, calendar)).toBe('November 2025');
  expect(periodAsSubject({ kind: 'year' }, calendar)).toBe('The financial year 2026–27');
  expect(periodAsSubject({ kind: '7d' }, calendar)).toMatch(/^The 7 days to Wed 25 Nov/);
});
