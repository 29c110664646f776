import { expect, test } from 'vitest';

import { fewNames } from './names';

test.each([
  [['Pool'], 'Pool'],
  [['Pool', 'Hall'], 'Pool and Hall'],
  [['Pool', 'Hall', 'Depot', 'Library', 'Shed'], 'Pool, Hall, Depot and 2 more'],
])('%j in a sentence', (names, text) => {
  expect(fewNames(names)).toBe(text);
});
