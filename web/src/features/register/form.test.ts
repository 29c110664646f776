import { describe, expect, it } from 'vitest';

import { ApiError } from '../../api/client';
import { instantOf, keyOf, outcomeOf, partsOf, tagsOf } from './form';
import { RowRefusal } from './writes';

const zone = 'Australia/Melbourne';

describe('a refusal', () => {
  it('stands beside the field that it is about', () => {
    const thrown = new ApiError(422, 'exchange_same_serial', 'SM1 is the meter that is in place.', undefined);
    expect(outcomeOf(thrown, 'exchange', ['at', 'serial'])).toEqual({
      errors: [['exchange-serial', 'SM1 is the meter that is in place.']],
      failed: undefined,
      isSignedOut: false,
    });
  });
  it('stands for the whole form where its field is not in it', () => {
    const thrown = new ApiError(422, 'exchange_same_serial', 'No.', 't1');
    expect(outcomeOf(thrown, 'exchange', ['at'])).toMatchObject({ errors: [], failed: { text: 'No.', trace: 't1' } });
  });
  it('of a row goes by its column', () => {
    const thrown = new RowRefusal([
      { column: 'floor_area_m2', text: 'Too small.' },
      { column: 'ratings', text: 'Not here.' },
    ]);
    expect(outcomeOf(thrown, 'asset', ['floor_area_m2'])).toMatchObject({
      errors: [['asset-floor_area_m2', 'Too small.']],
      failed: { text: 'Not here.' },
    });
  });
  it('of a field that the server names goes to it', () => {
    const thrown = new ApiError(422, 'invalid_field', 'in_service_to: must be after in_service_from.', undefined);
    expect(outcomeOf(thrown, 'meter', ['in_service_to']).errors).toHaveLength(1);
  });
  it('says when the session has ended', () => {
    expect(outcomeOf(new ApiError(401, 'sign_in_needed', undefined, undefined), 'x', []).isSignedOut).toBe(true);
  });
});

describe('an instant', () => {
  it.each([
    ['2026-11-25', '', '2026-11-24T13:00:00.000Z'],
    ['2026-11-25', '9:30', '2026-11-24T22:30:00.000Z'],
    ['2026-11-25', '0930', '2026-11-24T22:30:00.000Z'],
    ['', '', null],
    ['', '09:30', undefined],
    ['2026-11-25', '25:00', undefined],
  ])('%s %s', (on, clock, at) => expect(instantOf(on, clock, zone)).toBe(at));
  it('goes there and back', () => {
    expect(partsOf('2026-11-24T22:30:00Z', zone)).toEqual(['2026-11-25', '09:30']);
    expect(partsOf('2026-11-24T13:00:00Z', zone)).toEqual(['2026-11-25', '']);
    expect(partsOf(null, zone)).toEqual(['', '']);
  });
});

describe('keys and tags', () => {
  it('are made of what stands above and the name', () => {
    expect(keyOf('CCB-TH', 'Cold room', new Set())).toBe('CCB-TH-COLD-ROOM');
    expect(keyOf('CCB-TH', 'Cold room', new Set(['CCB-TH-COLD-ROOM']))).toBe('CCB-TH-COLD-ROOM-2');
    expect(keyOf('', '—', new Set())).toBe('PART');
  });
  it('are parted by commas', () => {
    expect(tagsOf('north, south; north ,')).toEqual(['north', 'south']);
  });
});
