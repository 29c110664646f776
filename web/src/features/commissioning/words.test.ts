import { expect, test } from 'vitest';

import { outcomeOf } from './outcome';
import { remediesOf } from './remedies';
import { sheetOf, isWorkbook } from './register-file';
import { stepsOf } from './steps';
import { choicesOf, unitsOf } from './table-choices';
import { shortName, type Register, type Table } from './upload';
import { advice, bytes, clockDays, flow, gaps, interval, notActual, period, remark, total, where } from './words';

const facts: Register = {
  key: '0.0', meter: 'N1', register_name: 'E1', serial: '', carrier: 'electricity', direction: 'import', quantity: 'energy',
  unit: 'kWh', kind: 'interval', step_s: 900, readings: 96, start: '2026-01-31T13:00:00Z', end: '2026-03-31T13:00:00Z',
  total: '38600.5', quality: { actual: 48, estimated: 48 }, gaps: { count: 0, hours: 0 }, clock_days: null,
  match: { how: 'none', meter_id: null, point_id: null, name: null, site_id: null, site: null, multiplier: 1 },
  plausibility: [],
};

test('what a register counts is said with its way', () => {
  expect(flow(facts)).toBe('Electricity, used');
  expect(flow({ ...facts, quantity: 'reactive_energy', direction: 'export' })).toBe('Reactive energy, sent out');
  expect(flow({ ...facts, quantity: 'temperature', carrier: 'other' })).toBe('Temperature');
});

test('intervals are words, and a counter has none', () => {
  expect(interval(facts)).toBe('15 min');
  expect(interval({ ...facts, step_s: 86_400 })).toBe('1 day');
  expect(interval({ ...facts, step_s: null })).toBe('no fixed length');
  expect(interval({ ...facts, kind: 'cumulative' })).toBe('counter');
});

test('a total stands with its unit; readings that do not add up have none', () => {
  expect(total(facts)).toBe('38.6\u00a0MWh');
  expect(total({ ...facts, kind: 'cumulative' })).toBe('–');
  expect(total({ ...facts, total: '' })).toBe('–');
});

test('a period ends on its last day, not on the day after', () => {
  expect(period(facts, 'Australia/Sydney').replaceAll('\u00a0', ' ')).toBe('1 Feb 2026 to 31 Mar 2026');
  const hour = { ...facts, end: '2026-01-31T14:00:00Z' };
  expect(period(hour, 'Australia/Sydney').replaceAll('\u00a0', ' ')).toBe('1 Feb 2026, 00:00 to 01:00');
  expect(period({ ...facts, start: null }, 'UTC')).toBe('–');
});

test('readings that were not measured are told with their share', () => {
  expect(notActual(facts)).toBe('50 % estimated');
  expect(notActual({ ...facts, quality: { actual: 96 } })).toBeUndefined();
});

test('gaps have their length beside their number', () => {
  expect(gaps(facts)).toBe('none');
  expect(gaps({ ...facts, gaps: { count: 3, hours: 2.1 } })).toBe('3 gaps, 2.1 h');
});

test('a problem says where it stands, and what to do about it', () => {
  expect([where({ line: 0, column: 0 }), where({ line: 12, column: 0 }), where({ line: 12, column: 3 })]).toEqual([
    '', 'line 12', 'line 12, column 3',
  ]);
  expect(advice('archive_encrypted')).toMatch(/password/);
  expect(advice('never heard of')).toMatch(/Correct it in the file/);
});

test('a file is called as the person called it', () => {
  expect(shortName('6 files.zip!a.csv', '6 files.zip')).toBe('a.csv');
  expect(shortName('6 files.zip!NEM12#1.zip!NEM12#1.csv', '6 files.zip')).toBe('NEM12#1.zip');
  expect(shortName('6 files.zip!bills.zip!march.csv', '6 files.zip')).toBe('bills.zip › march.csv');
  expect(shortName('meters.xlsx!Sheet 1', 'meters.xlsx')).toBe('Sheet 1');
});

test('sizes are for people', () => {
  expect([bytes(10), bytes(1.4 * 1024 * 1024)]).toEqual(['1\u00a0kB', '1.4\u00a0MB']);
});

test('what came of a load is added up, and what is not understood is no reading', () => {
  const outcome = outcomeOf({
    imports: [{ import_id: 'i', file: 'a', status: 'done', added: 2, changed: 1, unchanged: 3, refused: 0 }, { added: 'x' }, null],
    sites: ['s'],
    meters: ['m', 'n'],
    points: ['p'],
  });
  expect([outcome.added, outcome.changed, outcome.unchanged, outcome.meters, outcome.sites]).toEqual([2, 1, 3, 3, ['s']]);
  expect(outcomeOf({}).imports).toEqual([]);
});

test('files that say everything themselves have one step less', () => {
  const table = { proposal: {} } as never;
  expect(stepsOf({ files: [] })).toEqual(['files', 'meters', 'check', 'done']);
  expect(stepsOf({ files: [table] })).toHaveLength(5);
});

const column = (name: string, role: 'time' | 'value' | 'period', unit = 'kWh'): Table['columns'][number] => ({
  name,
  role,
  value:
    role === 'value'
      ? { meter: '', register_name: '', unit, kind: 'interval', quantity: 'energy', direction: 'import', carrier: 'other', reasons: [] }
      : null,
});
const table: Table = {
  layout: 'wide', columns: [column('at', 'time'), column('a', 'value'), column('b', 'value')], zone: '', stamps: 'start',
  step_s: 900, date_order: 'ymd', decimal: '.', reasons: [], assumed: [], questions: [], sample: [],
};

test('what was said before is said again with what is said now', () => {
  expect(choicesOf({ zone: 'UTC' }, table, { unit: 'kW' })).toEqual({ zone: 'UTC', unit: 'kW' });
});

test('saying what one column is says what the others are taken for', () => {
  expect(choicesOf({}, table, { column: 'b', role: 'skip' })).toEqual({ columns: { at: 'time', a: 'value', b: 'skip' } });
});

test('a column of interval numbers is never said, for nobody may choose it', () => {
  const odd = { ...table, columns: [...table.columns, column('n', 'period')] };
  expect(choicesOf({}, odd, { column: 'b', role: 'skip' }).columns).not.toHaveProperty('n');
});

test('columns of several units have none together', () => {
  expect(unitsOf(table)).toBe('kWh');
  expect(unitsOf({ ...table, columns: [...table.columns, column('c', 'value', 'kW')] })).toBe('');
});

test('a sheet is known by the name of its file', () => {
  expect([sheetOf('sites.csv'), sheetOf('Meters (2).csv'), sheetOf('list.csv')]).toEqual(['sites', 'meters', '']);
  expect([isWorkbook('a.XLSX'), isWorkbook('a.csv')]).toEqual([true, false]);
});

test('remarks carry figures as they are written everywhere', () => {
  const year = { code: 'load_a_year', params: { amount: '611000.0', unit: 'kWh' }, text: 'About 611000.0 kWh a year.', is_doubt: false };
  expect(remark(year)).toBe('About 611\u00a0MWh a year.');
  expect(remark({ code: 'load_all_zero', params: {}, text: 'All 3 readings are zero.', is_doubt: true })).toBe('All 3 readings are zero.');
});

test('days on which clocks change are told by their date', () => {
  const days = { zone: 'Australia/Melbourne', days: 2, wrong: ['2019-04-07'] };
  expect(clockDays({ ...facts, clock_days: days }).replaceAll('\u00a0', ' ')).toBe('readings missing on 7 Apr 2019');
  expect(clockDays({ ...facts, clock_days: { ...days, wrong: [] } })).toBe('2 days, complete');
  expect(clockDays(facts)).toBe('–');
});

test('what a file that is no table lacks is asked for once, beside its problem', () => {
  const problem = (file: string, code: string) => ({ file, code, line: 0, column: 0, text: '', refused: 'x' });
  const of = (file: string, format: string, proposal: object | null = null) => ({ file, format, proposal }) as never;
  const problems = [problem('a', 'unit_unknown'), problem('a', 'unit_unknown'), problem('b', 'header_missing'), problem('c', 'unit_unknown'), problem('d', 'end_missing')];
  const files = [of('a', 'green_button'), of('b', 'nem12'), of('c', 'csv', {}), of('d', 'nem13')];
  expect([...remediesOf(problems, files)]).toEqual([[0, 'unit'], [2, 'lenient']]);
});
