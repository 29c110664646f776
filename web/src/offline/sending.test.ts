import { expect, test } from 'vitest';

import type { Reply, Waiting } from './outbox';
import { sendOnce } from './sending';

const waiting: Waiting = {
  account: 'ann',
  tenant: 'demo',
  path: '/api/energy/events',
  body: '{"text":"note"}',
  about: 'note',
  key: 'key',
  madeAt: 0,
  tries: 1,
  firstTriedAt: 0,
  notBefore: 0,
  stuck: null,
};

const problem = (status: number, code: string, detail?: string, headers = {}): Response =>
  new Response(JSON.stringify({ code, detail }), { status, headers });

test.each<[string, Response, Reply]>([
  ['created', problem(201, ''), { kind: 'taken' }],
  ['answered again from memory', problem(201, '', undefined, { 'idempotency-replayed': 'true' }), { kind: 'taken' }],
  ['signed out', problem(401, 'not_signed_in'), { kind: 'signed_out' }],
  ['first try still running', problem(409, 'idempotency_in_progress'), { kind: 'later' }],
  ['too many', problem(429, 'too_many_requests', '', { 'retry-after': '7' }), { kind: 'later', after: 7_000 }],
  ['restarting', problem(503, 'database_unavailable', '', { 'retry-after': '5' }), { kind: 'later', after: 5_000 }],
  ['a proxy in between', new Response('<html>', { status: 502 }), { kind: 'later' }],
  ['not allowed', problem(403, 'not_permitted', 'You may not do this.'), { kind: 'refused', text: 'You may not do this.' }],
  ['gone', problem(404, 'not_found', 'Not there.'), { kind: 'refused', text: 'Not there.' }],
  ['wrong', problem(422, 'invalid_field', 'Wrong text.'), { kind: 'refused', text: 'Wrong text.' }],
])('%s', async (_name, answer, reply) => {
  expect(await sendOnce(waiting, async () => answer)).toEqual(reply);
});

test('nobody there is "later"', async () => {
  expect(await sendOnce(waiting, () => Promise.reject(new TypeError('no network')))).toEqual({ kind: 'later' });
});

test('it is sent as it was written, with its key and its organisation', async () => {
  let seen: RequestInit | undefined;
  await sendOnce(waiting, async (_path, init) => {
    seen = init;
    return problem(201, '');
  });
  expect(seen?.body).toBe('{"text":"note"}');
  expect(new Headers(seen?.headers).get('idempotency-key')).toBe('key');
  expect(new Headers(seen?.headers).get('aegrid-tenant')).toBe('demo');
});
