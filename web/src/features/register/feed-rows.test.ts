import { describe, expect, it } from 'vitest';

import { feedRows } from './feed-rows';

const held = [
  { meter: 'A', fed_by: 'M', valid_from: '', valid_to: '' },
  { meter: 'A', fed_by: 'X', valid_from: '2020-01-01T00:00:00Z', valid_to: '2021-01-01T00:00:00Z' },
  { meter: 'B', fed_by: 'M', valid_from: '', valid_to: '' },
];

describe('what feeds a meter from an instant on', () => {
  it('ends what fed it until then, and nothing else', () => {
    expect(feedRows(held, 'A', 'N', '2026-01-01T00:00:00Z')).toEqual([
      { meter: 'A', fed_by: 'M', valid_from: '', valid_to: '2026-01-01T00:00:00Z' },
      { meter: 'A', fed_by: 'N', valid_from: '2026-01-01T00:00:00Z', valid_to: '' },
    ]);
  });
  it('is one row where nothing fed it', () => {
    expect(feedRows(held, 'C', 'N', '')).toEqual([{ meter: 'C', fed_by: 'N', valid_from: '', valid_to: '' }]);
  });
});
