import { describe, expect, it } from 'vitest';

import { branchesOf } from './tree';
import type { Balance } from './writes';

type Slice = Balance['slices'][number];
const node = (key: string, kind: Slice['nodes'][number]['kind'] = 'meter'): Slice['nodes'][number] => ({
  key,
  kind,
  meter_id: `id-${key}`,
  name: key,
});
const slice = (nodes: Slice['nodes'], links: readonly (readonly [string, string])[]): Slice => ({
  start: '2026-01-01T00:00:00Z',
  end: '2026-01-02T00:00:00Z',
  rows: [],
  nodes,
  links: links.map(([source, target]) => ({ source, target, value: 1 })),
  coverage: {},
  backwards: {},
});

describe('the tree of what feeds what', () => {
  it('puts each meter below what feeds it, and leaves the rest out', () => {
    const found = branchesOf(
      slice([node('main'), node('b'), node('a'), node('rest', 'residual')], [
        ['main', 'b'],
        ['b', 'a'],
        ['main', 'rest'],
      ]),
    );
    expect(found).toEqual([
      { id: 'id-main', name: 'main', feeds: [{ id: 'id-b', name: 'b', feeds: [{ id: 'id-a', name: 'a', feeds: [] }] }] },
    ]);
  });
  it('names a meter that two feed once', () => {
    const found = branchesOf(slice([node('x'), node('y'), node('z')], [['x', 'z'], ['y', 'z']]));
    expect(found.map(({ name, feeds }) => [name, feeds.length])).toEqual([
      ['x', 1],
      ['y', 0],
    ]);
  });
  it('is empty where nothing is known', () => {
    expect(branchesOf(undefined)).toEqual([]);
  });
});
