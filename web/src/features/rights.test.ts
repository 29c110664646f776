import { expect, test } from 'vitest';

import type { Session } from '../api/types';
import { rightsOf } from './rights';

const membership = (tenant: string, actions: Session['memberships'][number]['actions']) => ({
  tenant,
  tenant_name: tenant,
  role: 'technician' as const,
  scope_kind: 'tenant' as const,
  scope_id: null,
  start: 'my-sites',
  actions,
});
const session = (memberships: Session['memberships']): Session => ({
  account: { id: '1', name: 'A', email: 'a@example.org' },
  memberships,
  tenants: [],
  who_may: [
    { action: 'edit_register', roles: ['energy_manager', 'asset_manager', 'administrator'] },
    { action: 'manage_keys', roles: ['administrator'] },
  ],
  preferences: {
    start_page: null,
    density: 'comfortable',
    theme: 'system',
    are_single_keys_on: true,
    language: 'en-AU',
  },
  demo: false,
});

test('several roles in one organisation add up, and those in another count for nothing', () => {
  const person = session([
    membership('north', ['view']),
    membership('north', ['write_events']),
    membership('south', ['edit_register']),
  ]);
  const { may } = rightsOf(person, 'north');
  expect([may('view'), may('write_events'), may('edit_register')]).toEqual([true, true, false]);
});

test('on the page of an object only what the server allows there counts', () => {
  const person = session([membership('north', ['view', 'edit_register'])]);
  expect(rightsOf(person, 'north', ['view']).may('edit_register')).toBe(false);
});

test('who may is said in the words of the roles', () => {
  const { whoMay } = rightsOf(session([]), 'north');
  expect(whoMay('edit_register')).toBe('Energy manager, Asset manager or Administrator');
  expect(whoMay('manage_keys')).toBe('Administrator');
});
