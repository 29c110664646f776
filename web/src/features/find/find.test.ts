import { expect, test } from 'vitest';

import { detailOf, pathOf, whereOf } from './places';
import { REMEMBERED, readHits, withHit, type Hit } from './recent';

const hit = (change: Partial<Hit> = {}): Hit => ({
  kind: 'meter',
  id: 'm',
  name: 'Main switch',
  detail: 'electricity 6102000001 SN-1',
  asset_id: 'a',
  site_id: 's',
  site_name: 'Town Hall',
  asset_name: 'Plant room',
  ...change,
});

test('a meter leads to its own page, a point to the asset it belongs to', () => {
  expect(pathOf('north', hit())).toBe('/t/north/meter/m');
  expect(pathOf('north', hit({ kind: 'point' }))).toBe('/t/north/asset/a');
  expect(pathOf('north', hit({ kind: 'point', asset_id: 's' }))).toBe('/t/north/site/s');
  expect(pathOf('north', hit({ kind: 'point', asset_id: null }))).toBeUndefined();
});

test('it is said where a hit lies, and what it goes by', () => {
  expect(whereOf(hit())).toBe('Town Hall › Plant room');
  expect(whereOf(hit({ asset_name: null }))).toBe('Town Hall');
  expect(whereOf(hit({ kind: 'site' }))).toBe('');
  expect(detailOf(hit())).toBe('Electricity 6102000001 SN-1');
  expect(detailOf(hit({ kind: 'site', detail: 'site TH' }))).toBe('TH');
});

test('the newest find comes first, once, and the oldest is forgotten', () => {
  let held: readonly Hit[] = [];
  for (let i = 0; i < REMEMBERED + 2; i += 1) held = withHit(held, hit({ id: `m${i}` }));
  held = withHit(held, hit({ id: 'm5' }));
  expect(held).toHaveLength(REMEMBERED);
  expect(held.map(({ id }) => id)).toEqual(['m5', 'm9', 'm8', 'm7', 'm6', 'm4', 'm3', 'm2']);
});

test.each([null, 'no json', '{}', '[null, 3, {"kind": "ship", "id": "1"}]'])('%j is no memory', (text) => {
  expect(readHits(text)).toEqual([]);
});
