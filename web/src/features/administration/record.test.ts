import { expect, test } from 'vitest';

import { actionText, actorText, detailText, matching, recordCsv, type Line } from './record';

const ID = '0190aaaa-0000-7000-8000-000000000001';
const people = new Map([[ID, 'Kim']]);
const line: Line = {
  record_no: 7,
  at: '2026-11-25T00:00:00Z',
  actor: `account:${ID}`,
  action: 'key_made',
  object_kind: 'key',
  object_id: '0123456789ab',
  detail: { name: 'Gateway', scopes: ['ingest', 'read'] },
};

test('who it was is a name, a key, the command line or a job', () => {
  expect(actorText(line.actor, people)).toBe('Kim');
  expect(actorText(line.actor, new Map())).toBe('Person 0190aaaa');
  expect(actorText('key:0123456789ab', people)).toBe('API key 0123456789ab');
  expect(actorText('console', people)).toBe('Command line');
  expect(actorText('nightly_check', people)).toBe('nightly check');
});

test('what was done is in words, and what is newer than them by its own name', () => {
  expect(actionText(line)).toBe('API key made');
  expect(actionText({ action: 'roof_painted' })).toBe('roof painted');
});

test('details are words', () => {
  expect(detailText(line.detail)).toBe('name: Gateway; scopes: ingest, read');
});

test('a filter wants every word, anywhere in the line', () => {
  expect(matching([line], 'kim gateway', people)).toEqual([line]);
  expect(matching([line], 'kim water', people)).toEqual([]);
  expect(matching([line], ' ', people)).toEqual([line]);
});

test('the CSV holds what the server said and the name', () => {
  const [, row] = recordCsv([line], people).split('\r\n');
  expect(row).toContain(`7,2026-11-25T00:00:00Z,account:${ID},Kim,key_made,key,0123456789ab`);
});
