import { describe, expect, it } from 'vitest';

import { cellOf, completeness, headline, isTelling, lateSentence, ordered, rowName } from './figures';
import type { Quality, QualityRow } from './reads';

const row = (change: Partial<QualityRow> = {}): QualityRow => ({
  series_no: 1,
  meter_id: 'm1',
  point_id: null,
  name: 'Main',
  carrier: 'electricity',
  register_name: 'E1',
  quantity: 'energy',
  direction: 'import',
  kind: 'interval',
  unit: 'kWh',
  step_s: 1800,
  rhythm: 'live',
  expected: [48, 48],
  valid: [48, 48],
  missing: [0, 0],
  estimated: [0, 0],
  suspect: [0, 0],
  completeness: [1, 1],
  late: [false, false],
  awaited: [false, false],
  stuck: [false, false],
  newest_end: null,
  freshness: 'live',
  is_repairable: true,
  ...change,
});
const quality = (rows: QualityRow[], gaps: Quality['gaps'] = []): Quality => ({
  asset_id: 'a',
  zone: 'Australia/Melbourne',
  dates: ['2026-03-01', '2026-03-02'],
  rows,
  gaps,
  gaps_left_out: 0,
  touched_by: [],
});
const gap = (series_no: number, hours: number): Quality['gaps'][number] => ({
  series_no,
  start: '2026-03-01T00:00:00Z',
  end: new Date(Date.parse('2026-03-01T00:00:00Z') + hours * 3_600_000).toISOString(),
  slots: hours * 2,
  is_repairable: true,
});

describe('a day of a series', () => {
  it.each([
    ['everything is there', {}, 'whole', 1],
    ['nothing came', { valid: [0, 0] }, 'missing', 0],
    ['a part came', { valid: [12, 0] }, 'part', 0.25],
    ['a part came and the rest is not due yet', { valid: [12, 0], awaited: [true, false] }, 'awaited', 0.25],
    ['nothing is expected', { expected: [0, 0], valid: [0, 0] }, 'none', 0],
    ['irregular readings came', { expected: [0, 0], valid: [5, 0] }, 'whole', 1],
  ] as const)('%s', (_, change, filling, share) => {
    expect(cellOf(row(change as Partial<QualityRow>), 0)).toMatchObject({ filling, share });
  });

  it('carries its marks, the most urgent first', () => {
    const marked = row({ late: [true, false], estimated: [3, 0], suspect: [1, 0], stuck: [true, false] });
    expect(cellOf(marked, 0).marks).toEqual(['suspect', 'stuck', 'estimated', 'late']);
    expect(cellOf(marked, 1).marks).toEqual([]);
  });
});

describe('completeness', () => {
  it('leaves out what is not due yet', () => {
    expect(completeness(row({ valid: [48, 3], awaited: [false, true] }))).toBe(1);
    expect(completeness(row({ valid: [36, 36] }))).toBe(0.75);
  });
  it('is unknown where nothing was expected', () => {
    expect(completeness(row({ expected: [0, 0], valid: [0, 0] }))).toBeNull();
  });
  it('orders what lacks most first, meters before gauges', () => {
    const names = ordered([
      row({ name: 'B' }),
      row({ name: 'T', meter_id: null, point_id: 'p', valid: [0, 0] }),
      row({ name: 'C', valid: [0, 48] }),
      row({ name: 'A' }),
    ]).map(({ name }) => name);
    expect(names).toEqual(['C', 'A', 'B', 'T']);
  });
  it('does not show what says nothing and owes nothing', () => {
    expect(isTelling(row({ expected: [0, 0], valid: [0, 0] }))).toBe(false);
  });
});

describe('the sentence', () => {
  it('says that nothing is missing', () => {
    expect(headline(quality([row()]), 'the last 30 days')).toBe('100\u00a0% of the last 30 days is there, without a gap.');
  });
  it('names the one meter that lacks something', () => {
    const said = headline(quality([row({ valid: [36, 48] })], [gap(1, 4), gap(1, 2)]), 'the last 30 days');
    expect(said).toBe('87.5\u00a0% of the last 30 days is there; 2 gaps, 6 h, both in Main.');
  });
  it('counts the meters where several lack something', () => {
    const rows = [row(), row({ series_no: 2, meter_id: 'm2', name: 'Gas', valid: [0, 48] })];
    expect(headline(quality(rows, [gap(1, 1), gap(2, 24)]), 'Nov 2026')).toBe(
      '75\u00a0% of Nov 2026 is there; 2 gaps, 25 h, in 2 series.',
    );
  });
  it('never rounds up to all of it', () => {
    const said = headline(quality([row({ expected: [9999, 9999], valid: [9999, 9998] })], [gap(1, 1)]), 'Nov 2026');
    expect(said).toBe('99.9\u00a0% of Nov 2026 is there; 1 gap, 1 h, in Main.');
  });
  it('says that nothing was expected', () => {
    expect(headline(quality([]), 'Nov 2026')).toBe('No readings were expected in Nov 2026.');
  });
});

describe('lateness', () => {
  it('is measured by each rhythm and told by name', () => {
    expect(lateSentence([row()])).toBeUndefined();
    expect(lateSentence([row({ freshness: 'late' })])).toBe('Late by its own rhythm: Main.');
    expect(lateSentence([row({ freshness: 'stale', rhythm: 'ended' })])).toBeUndefined();
  });
});

describe('names', () => {
  it('add the carrier where two meters have one name', () => {
    const [power, gas] = [row(), row({ series_no: 2, meter_id: 'm2', carrier: 'gas' })];
    expect([power, gas].map((one) => rowName(one, [power, gas]))).toEqual(['Main (Electricity)', 'Main (Gas)']);
  });
  it('add the register only where a meter has several', () => {
    const [e1, b1] = [row(), row({ series_no: 2, direction: 'export', register_name: 'B1' })];
    expect(rowName(e1, [e1])).toBe('Main');
    expect(rowName(b1, [e1, b1])).toBe('Main (energy out)');
  });
});
