import { expect, test } from 'vitest';

import { endOf, stateOf } from './keys';

const NOW = Date.parse('2026-11-25T00:00:00Z');

test.each([
  [null, '2027-01-01T00:00:00Z', 'good'],
  [null, '2026-11-25T00:00:00Z', 'expired'],
  ['2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z', 'revoked'],
] as const)('revoked %s, good until %s: %s', (revoked_at, expires_at, state) => {
  expect(stateOf({ revoked_at, expires_at }, NOW)).toBe(state);
});

test('a key is good through its last day, where the person is', () => {
  expect(endOf('2027-06-30', 'Australia/Brisbane')).toBe('2027-06-30T14:00:00.000Z');
  expect(endOf('2026-12-31', 'UTC')).toBe('2027-01-01T00:00:00.000Z');
});
