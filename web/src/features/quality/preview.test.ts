import { describe, expect, it } from 'vitest';

import { previewOf } from './preview';

describe('the picture of a repair', () => {
  it('breaks the line of what is known at the gap and fills it with the other', () => {
    const drawn = previewOf({ start: [0, 10, 30], value: [1, 1, 1] }, { start: [20], value: [2] }, 10, 40, 20);
    expect(drawn?.known).toBe('M0.0 10.0 L10.0 10.0 L10.0 10.0 L20.0 10.0 M30.0 10.0 L40.0 10.0');
    expect(drawn?.estimates).toBe('M20.0 0.0 L30.0 0.0');
    expect([drawn?.from, drawn?.to, drawn?.low, drawn?.high]).toEqual([0, 40, 0, 2]);
  });
  it('is nothing where nothing is known', () => {
    expect(previewOf({ start: [], value: [] }, { start: [], value: [] }, 10, 40, 20)).toBeUndefined();
  });
});
