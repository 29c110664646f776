import { expect, test } from 'vitest';

import { actionText, actorText, detailText, matching, objectText, recordCsv, type Line } from './record';

const ID = '0190aaaa-0000-7000-8000-000000000001';
const line: Line = {
  record_no: 7,
  at: '2026-11-25T00:00:00Z',
  actor: `account:${ID}`,
  actor_name: 'Kim',
  action: 'key_made',
  object_kind: 'key',
  object_id: '0123456789ab',
  object_name: '',
  detail: { name: 'Gateway', scopes: ['ingest', 'read'] },
};

test('who it was is a name, a key, the command line or a job', () => {
  expect(actorText(line.actor, 'Kim')).toBe('Kim');
  expect(actorText(line.actor, '')).toBe('Person 0190aaaa');
  expect(actorText('key:0123456789ab', '')).toBe('API key 0123456789ab');
  expect(actorText('key:0123456789ab', 'Gateway')).toBe('API key Gateway');
  expect(actorText('console', '')).toBe('Command line');
  expect(actorText('nightly_check', '')).toBe('nightly check');
});

test('what it was done to has its name, now or as it was written down', () => {
  const person = { object_kind: 'person', object_id: ID, object_name: '', detail: {} };
  expect(objectText({ ...person, object_name: 'Robin' })).toBe('Person Robin');
  expect(objectText({ ...person, detail: { name: 'Robin before' } })).toBe('Person Robin before');
  expect(objectText(person)).toBe('Person 0190aaaa');
  expect(objectText({ ...person, object_kind: 'tenant', object_id: '1' })).toBe('Organisation');
});

test('what was done is in words, and what is newer than them by its own name', () => {
  expect(actionText(line)).toBe('API key made');
  expect(actionText({ action: 'roof_painted' })).toBe('roof painted');
});

test('details are words', () => {
  expect(detailText(line.detail)).toBe('name: Gateway; scopes: ingest, read');
  expect(detailText({ sites: { added: 1, refused: 0 }, units: {}, empty: null, on: true })).toBe(
    'sites: added 1, refused 0; units: –; empty: –; on: yes',
  );
});

test('a filter wants every word, anywhere in the line', () => {
  expect(matching([line], 'kim gateway')).toEqual([line]);
  expect(matching([line], 'kim water')).toEqual([]);
  expect(matching([line], ' ')).toEqual([line]);
});

test('the CSV holds what the server said and the name', () => {
  const [, row] = recordCsv([line]).split('\r\n');
  expect(row).toContain(`7,2026-11-25T00:00:00Z,account:${ID},Kim,key_made,key,0123456789ab`);
});
