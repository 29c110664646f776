import { describe, expect, it } from 'vitest';

import { typedNumber } from './typed-number';

describe('a typed number', () => {
  it.each([
    ['12.5', 12.5],
    ['1,234.5', 1234.5],
    ['1 234', 1234],
    ['−3', -3],
    ['.5', 0.5],
    ['0', 0],
  ])('%s', (text, value) => expect(typedNumber(text)).toBe(value));
  it.each(['', ' ', '12,5', 'abc', '1e5', '--1', '.', '-', '1.2.3'])('%s is none', (text) =>
    expect(typedNumber(text)).toBeUndefined(),
  );
});
