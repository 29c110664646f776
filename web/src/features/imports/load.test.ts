import { expect, test } from 'vitest';

import { importTone } from '../import-words';
import { filterOf, isUndoable, movedFrom, onlyMeter, peopleOf, stateOf, titleOf, whoOf, type Load, type LoadDetail } from './load';

const load = { kind: 'file', status: 'done', file_name: '3 files.zip!a.csv', actor: 'account:1', actor_name: 'Kim' } as Load;
const series = (meter: string | null, name: string) => ({ meter_id: meter, name }) as LoadDetail['series'][number];

test('a load is called as its file, else as what it is', () => {
  expect(titleOf(load)).toBe('a.csv');
  expect(titleOf({ kind: 'live', file_name: 'live' })).toBe('Live readings of a day');
});

test('who loaded it is a name; one that is gone is told so', () => {
  expect(whoOf(load)).toBe('Kim');
  expect(whoOf({ actor: 'console', actor_name: '' })).toBe('Command line');
  expect(whoOf({ actor: 'account:2', actor_name: '' })).toBe('Somebody who is gone');
  expect(whoOf({ actor: 'nightly', actor_name: '' })).toBe('nightly');
});

test('states are marks, and what was taken back is neither good nor bad', () => {
  expect(['done', 'partial', 'refused', 'undone', 'later'].map(importTone)).toEqual(['good', 'warn', 'bad', 'plain', 'plain']);
});

test('an undo that is done is done, not loaded', () => {
  expect([stateOf({ kind: 'undo', status: 'done' }), stateOf(load)]).toEqual(['done', 'loaded']);
});

test.each([
  ['file', 'done', true],
  ['file', 'partial', true],
  ['file', 'running', false],
  ['live', 'running', true],
  ['undo', 'done', false],
  ['file', 'undone', false],
  ['file', 'refused', false],
])('a load of kind %s that is %s can be taken back: %s', (kind, status, is) => {
  expect(isUndoable({ kind, status })).toBe(is);
});

test('only what went to one meter can be given to another', () => {
  expect(onlyMeter({ series: [series('m', 'M'), series('m', 'M')] })).toEqual({ id: 'm', name: 'M' });
  expect(onlyMeter({ series: [series('m', 'M'), series('n', 'N')] })).toBeUndefined();
  expect(onlyMeter({ series: [series(null, 'T')] })).toBeUndefined();
  expect(onlyMeter({ series: [] })).toBeUndefined();
});

test('people stand once, by name', () => {
  const rows = [load, { ...load, actor: 'account:0', actor_name: 'Ann' }, load];
  expect(peopleOf(rows).map(({ name }) => name)).toEqual(['Ann', 'Kim']);
});

test('an address without a filter asks for nothing', () => {
  expect(filterOf(new URLSearchParams('site=&by=account:1'))).toEqual({ site: null, meter: null, by: 'account:1' });
});

test('a load that was moved leads to where it came from', () => {
  const id = '01a21341-843a-7714-aaad-ec1e50d47ee3';
  expect(movedFrom({ note: `reassigned from ${id}` })).toBe(id);
  expect(movedFrom({ note: 'reassigned from Kim' })).toBeUndefined();
});
