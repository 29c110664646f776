import { expect, test } from 'vitest';

import { changeInWords, signedChange } from './change';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

test.each([
  [-0.042, '4.2 % less', '−4.2 %'],
  [0.1249, '12 % more', '+12 %'],
  [0.0996, '10 % more', '+10 %'],
  [0.001, 'about the same', '+0.1 %'],
  [0, 'about the same', '0 %'],
])('a change of %d', (change, words, signed) => {
  expect(plain(changeInWords(change))).toBe(words);
  expect(plain(signedChange(change))).toBe(signed);
});
