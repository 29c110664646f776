import { expect, test } from 'vitest';

import type { Calendar, Chosen } from '../../format/period';
import type { Portfolio, PortfolioSite } from '../../live/portfolio';
import { dataSentence, figuresOf, largestSentence, usedSentence } from './sentences';

const YEAR: Chosen = { kind: 'year' };
const calendar: Calendar = { zone: 'Australia/Melbourne', asOf: Date.parse('2026-11-25T02:00:00Z'), yearStartMonth: 7 };
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

const site = (name: string, current: number, before: number, coverage: number | null = 1): PortfolioSite => ({
  id: name,
  name,
  zone: 'Australia/Melbourne',
  floor_area_m2: null,
  use_type: '',
  tags: [],
  unit: 'kWh',
  sum: current,
  per_m2: null,
  compared: { this: current, that: before, change_share: before === 0 ? null : current / before - 1, reason: null },
  elapsed_days: 10,
  common_days: 10,
  coverage,
  estimated_share: 0,
  cost: null,
});

function portfolio(sites: PortfolioSite[], totals: Partial<Portfolio['totals']> = {}): Portfolio {
  return {
    start: '2026-07-01',
    end: '2027-07-01',
    as_of: '2026-11-24',
    carrier: 'electricity',
    comparison: 'same_period_last_year',
    sites,
    totals: {
      sites: sites.length,
      sites_with_data: sites.length,
      sites_of_other_units: 0,
      compared_sites: sites.length,
      sum: 2_000_000,
      unit: 'kWh',
      compared: { this: 96, that: 100, change_share: -0.042, reason: null },
      coverage: 0.987,
      estimated_share: 0.004,
      costs: [],
      ...totals,
    },
    months: [],
    choices: { portfolios: [], groups: [], tags: [], use_types: [], carriers: [] },
  };
}
const TWO = [site('Town Hall', 110, 100), site('Pool', 500, 900, 0.91)];

test('what was used is said with its change', () => {
  expect(plain(usedSentence(portfolio(TWO), YEAR, calendar))).toBe(
    'In the financial year 2026–27 so far 2 sites used 2.00 GWh of electricity, 4.2 % less than in the same days of last year.',
  );
});

test('a change of some sites says of which', () => {
  expect(plain(usedSentence(portfolio(TWO, { compared_sites: 1 }), YEAR, calendar))).toContain(
    'The 1 site that can be compared used 4.2 % less',
  );
});

test('a change that cannot be printed is explained', () => {
  const compared = { this: 0, that: 0, change_share: null, reason: 'too_few_common_days' };
  expect(plain(usedSentence(portfolio(TWO, { compared, compared_sites: 0 }), YEAR, calendar))).toBe(
    'In the financial year 2026–27 so far 2 sites used 2.00 GWh of electricity. No comparison with last year: too few days are known on both sides.',
  );
});

test('the largest change is the one of most energy', () => {
  expect(plain(largestSentence(portfolio(TWO)))).toBe('The largest change is at Pool: 44.4 %, or 400 kWh less than last year.');
});

test('nothing that can be compared is said so', () => {
  expect(largestSentence(portfolio([site('New', 5, 0)]))).toBe('No site can be compared with last year yet.');
});

test('the place of which least is known is named, and costs are about', () => {
  const costs = [{ currency: 'AUD', amount: '812345.67', sites: 1 }];
  expect(plain(dataSentence(portfolio(TWO, { costs }), 'AUD'))).toBe(
    'At a flat price for each kWh the electricity of 1 site cost about $812,000, tax not counted; the others have no price yet. ' +
      '98.7 % of the expected readings are there; the least is known of Pool (91 %).',
  );
});

test('sites that sent nothing are named, not counted as missing', () => {
  const gone = { ...site('Old Hall', 0, 0, 0), sum: null };
  expect(plain(dataSentence(portfolio([...TWO, gone]), 'AUD'))).toBe(
    '98.7 % of the expected readings are there; the least is known of Pool (91 %). 1 site sent nothing: Old Hall.',
  );
});

test('sums of two currencies are no figure', () => {
  const costs = ['AUD', 'NZD'].map((currency) => ({ currency, amount: '1.00', sites: 1 }));
  expect(dataSentence(portfolio(TWO, { costs }), 'AUD')).not.toContain('cost');
});

test('nothing known is a dash, never a zero', () => {
  const unknown = { sum: null, coverage: null, compared: { this: 0, that: 0, change_share: null, reason: 'nothing_elapsed' } };
  const figures = figuresOf(portfolio([], unknown));
  expect(figures.map(({ value }) => value)).toEqual(['–', 'not known yet', '–']);
});
