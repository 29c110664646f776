import { expect, test } from 'vitest';

import { duration } from './duration';
import { DAY, HOUR, MINUTE } from './time';

test('a length is told by its two largest parts, and a long one in months or years', () => {
  const told = [45_000, 12 * MINUTE, 3 * HOUR + 20 * MINUTE, 59 * DAY, 150 * DAY, 1_425 * DAY].map(duration);
  expect(told).toEqual(['45 s', '12 min', '3 h 20 min', '59 days', '5 months', '4 years']);
});
