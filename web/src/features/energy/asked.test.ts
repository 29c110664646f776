import { describe, expect, test } from 'vitest';

import { DAY } from '../../format/time';
import { against, bucketsOf, cellsOf, choiceOf, comparisonOf, drawingOf, isUnderstood, spelled, unitsOf, withChoice } from './asked';

const OTHER = '01a21331-5abe-7420-8211-297463fb9698';
const of = (text: string): URLSearchParams => new URLSearchParams(text);

describe('the address', () => {
  test('says what is compared with; what makes no sense is last year', () => {
    expect(comparisonOf(of(''))).toBe('year');
    expect(comparisonOf(of('compare=tomorrow'))).toBe('year');
    expect(comparisonOf(of('compare=none'))).toBe('none');
    expect(comparisonOf(of(`compare=asset:${OTHER}`))).toEqual({ asset: OTHER });
    expect(spelled({ asset: OTHER })).toBe(`asset:${OTHER}`);
  });

  test('takes units that exist, and floor area only when asked for', () => {
    expect(choiceOf(of('unit=GJ&per_m2=1'))).toEqual({ comparison: 'year', perM2: true, unit: 'GJ' });
    expect(choiceOf(of('unit=parsec'))).toEqual({ comparison: 'year', perM2: false, unit: undefined });
  });

  test('that asks for what does not exist is told so', () => {
    expect(isUnderstood(of('period=month&compare=normal&unit=MWh'))).toBe(true);
    expect(isUnderstood(of(`compare=asset:${OTHER}`))).toBe(true);
    for (const odd of ['period=decade', 'compare=tomorrow', 'unit=parsec', 'period=custom&from=2026-02-01']) {
      expect(isUnderstood(of(odd)), odd).toBe(false);
    }
  });

  test('keeps the rest when something is chosen, and drops what is taken back', () => {
    expect(withChoice(of('period=year&per_m2=1'), { per_m2: '', unit: 'MJ' })).toBe('?period=year&unit=MJ');
  });
});

test('the route is asked in its own words', () => {
  expect(against('year')).toEqual({ comparison: 'same_period_last_year' });
  expect(against('none')).toEqual({});
  expect(against({ asset: OTHER })).toEqual({ comparison: 'other_asset', other_asset: OTHER });
});

test('a unit can be shown in those of its family, per floor area too', () => {
  expect(unitsOf('kWh/m2')).toContain('GJ');
  expect(unitsOf('m3')).toContain('kL');
  expect(unitsOf('widgets')).toEqual([]);
});

test('a day is drawn by its readings, a month by days, a year by months', () => {
  expect(drawingOf({ from: 0, to: DAY })).toBe('hours');
  expect(drawingOf({ from: 0, to: 31 * DAY })).toBe('days');
  expect(drawingOf({ from: 0, to: 365 * DAY })).toBe('months');
  expect(bucketsOf('months', true).resolution).toBe('1mo');
  expect(bucketsOf('hours', false)).toEqual({ points: 50 });
  expect(cellsOf({ from: 0, to: 365 * DAY }).resolution).toBe('1h');
  expect(cellsOf({ from: 0, to: 31 * DAY }).resolution).toBeUndefined();
});
