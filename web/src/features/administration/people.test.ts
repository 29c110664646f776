import { expect, test } from 'vitest';

import { EVERYWHERE, draftsOf, grantsOf, isEmail, isPlaced, linkOf, whereOf, type Grant } from './people';

const site: Grant = { role: 'technician', scope_kind: 'site', scope_id: '0190aaaa-0000-7000-8000-000000000001' };

test('a role says where it holds, by name where that is known', () => {
  expect(whereOf(site, new Map([[site.scope_id ?? '', 'Town hall']]))).toBe('Town hall');
  expect(whereOf(site, new Map())).toBe('Site 0190aaaa');
  expect(whereOf({ ...site, scope_kind: 'tenant', scope_id: null }, new Map())).toBe('The whole organisation');
});

test('a role over a part needs the part, one over everything has none', () => {
  expect(isPlaced(EVERYWHERE)).toBe(true);
  expect(isPlaced({ ...EVERYWHERE, scope_kind: 'site' })).toBe(false);
});

test('what is not touched in the form goes back as it came', () => {
  expect(grantsOf(draftsOf([site], []))).toEqual([site]);
});

test('the code of a link stands behind #, whatever is in it', () => {
  expect(linkOf('https://energy.example', 'a/b+c')).toBe('https://energy.example/sign-in#invitation=a%2Fb%2Bc');
});

test.each([
  ['kim@example.org', true],
  ['kim', false],
  ['kim @example.org', false],
])('%s is an address: %s', (text, is) => {
  expect(isEmail(text)).toBe(is);
});
