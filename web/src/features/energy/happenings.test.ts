import { describe, expect, test } from 'vitest';

import type { Consumption } from '../../api/types';
import { annotationsOf, whenOf, type Happening } from './happenings';
import { referenceSpan } from './inputs';

const ADELAIDE = 'Australia/Adelaide';
const event = (starts_at: string, ends_at: string | null): Happening => ({
  id: starts_at,
  scope_kind: 'site',
  scope_id: null,
  starts_at,
  ends_at,
  kind: 'note',
  text: '',
  author: '',
  author_name: '',
  may_remove: false,
  created_at: starts_at,
});

describe('when something happened', () => {
  test('is a date where it lasted a local day, also one of 23 hours', () => {
    expect(whenOf(event('2026-11-24T13:30:00Z', '2026-11-25T13:30:00Z'), ADELAIDE)).toBe('Wed 25 Nov 2026');
    expect(whenOf(event('2026-10-03T14:30:00Z', '2026-10-04T13:30:00Z'), ADELAIDE)).toBe('Sun 4 Oct 2026');
  });

  test('is dates with the last one included, or times to the minute', () => {
    expect(whenOf(event('2026-12-24T13:30:00Z', '2026-12-31T13:30:00Z'), ADELAIDE)).toBe(
      'Fri 25 Dec 2026 to Thu 31 Dec 2026',
    );
    expect(whenOf(event('2026-11-25T00:00:00Z', '2026-11-25T01:00:00Z'), ADELAIDE)).toBe(
      'Wed 25 Nov 2026 10:30 to Wed 25 Nov 2026 11:30',
    );
  });

  test('is an instant where it has no end', () => {
    const instant = event('2026-11-25T00:00:00Z', null);
    expect(whenOf(instant, ADELAIDE)).toBe('Wed 25 Nov 2026 10:30');
    const [mark] = annotationsOf([instant]);
    expect(mark).toEqual({ mark: '1', from: Date.parse('2026-11-25T00:00:00Z'), to: Date.parse('2026-11-25T00:00:00Z') });
  });
});

describe('the other time of a comparison', () => {
  const DAY = 86_400_000;
  const answer = (against: string, other: readonly (number | null)[]): Consumption =>
    ({
      step_s: 86_400,
      start: other.map((_, i) => 400 * DAY + i * DAY),
      comparison: { against, start: other },
    }) as unknown as Consumption;
  const last = answer('same_period_last_year', [null, 36 * DAY, 37 * DAY, 38 * DAY]);

  test('reaches from its first bucket to the end of its last', () => {
    expect(referenceSpan(last, 500 * DAY)).toEqual({ from: 36 * DAY, to: 39 * DAY });
  });

  test('ends where the running period has come to', () => {
    expect(referenceSpan(last, 402.5 * DAY)).toEqual({ from: 36 * DAY, to: 37.5 * DAY });
    expect(referenceSpan(last, 400 * DAY)).toBeUndefined();
  });

  test('is none where the other side is of the same time, or not known', () => {
    expect(referenceSpan(answer('other_asset', [DAY]), 500 * DAY)).toBeUndefined();
    expect(referenceSpan(answer('normal', [DAY]), 500 * DAY)).toBeUndefined();
    expect(referenceSpan(answer('previous_period', [null]), 500 * DAY)).toBeUndefined();
  });
});
