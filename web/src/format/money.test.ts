import { expect, test } from 'vitest';

import { exactMoney, roughMoney } from './money';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

test.each([
  ['812345.67', '$812,000'],
  ['999.5', '$1,000'],
  ['12.34', '$12'],
  ['0', '$0'],
])('about %s', (amount, text) => {
  expect(roughMoney(amount, 'AUD', 'AUD')).toBe(text);
});

test('to the cent', () => {
  expect(exactMoney('1234.5', 'AUD', 'AUD')).toBe('$1,234.50');
});

test('the organisation\'s own currency has its sign, another its letters: no dollar stands for another', () => {
  expect(plain(exactMoney('1234.5', 'NZD', 'NZD'))).toBe('$1,234.50');
  expect(plain(exactMoney('1234.5', 'AUD', 'NZD'))).toBe('AUD 1,234.50');
  expect(plain(roughMoney('1234.5', 'NZD', 'AUD'))).toBe('NZD 1,230');
});
