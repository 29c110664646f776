import { expect, test } from 'vitest';

import { dateOfText, dateText, shifted } from './calendar-date';

test.each([
  ['25/11/2026', '2026-11-25'],
  [' 1.2.26 ', '2026-02-01'],
  ['2026-11-25', '2026-11-25'],
  ['29/02/2024', '2024-02-29'],
])('%s is a day', (text, iso) => {
  expect(dateOfText(text)).toBe(iso);
  expect(dateOfText(dateText(iso))).toBe(iso);
});

test.each(['29/02/2026', '31/04/2026', '11/25/2026', '25/11', '', '25/11/1066', 'tomorrow'])('%s is no day', (text) => {
  expect(dateOfText(text)).toBeUndefined();
});

test('a day later crosses months and years', () => {
  expect(shifted('2026-12-31', 1)).toBe('2027-01-01');
  expect(shifted('2026-03-01', -1)).toBe('2026-02-28');
});
