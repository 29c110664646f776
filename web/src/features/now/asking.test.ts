import { expect, test } from 'vitest';

import type { AssetCard, MeterCard } from '../../api/types';
import { sourceOfAsset, sourceOfMeter } from './asking';

type Standing = AssetCard['meters'][number];
const meter = (id: string, role: Standing['role'], more: Partial<Standing> = {}): Standing => ({
  meter_id: id,
  name: id,
  carrier: 'electricity',
  nmi: null,
  is_virtual: false,
  role,
  start: null,
  end: null,
  is_there: true,
  ...more,
});
const asset = (...meters: Standing[]) => ({ id: 'a', meters }) as unknown as AssetCard;

test('an asset with a boundary meter is its own sum', () => {
  expect(sourceOfAsset(asset(meter('m', 'boundary'), meter('s', 'sub')), 'electricity')).toEqual({
    assetId: 'a',
    asking: { carrier: 'electricity' },
    topic: 'asset:a',
    metric: 'power_kw',
    isGiving: false,
  });
});

test('an asset without a meter is the sum of what is below', () => {
  expect(sourceOfAsset(asset(), 'water').asking).toEqual({ carrier: 'water' });
  expect(sourceOfAsset(asset(meter('old', 'sub', { is_there: false })), 'electricity').topic).toBe('asset:a');
});

test('an asset on a sub-meter is shown by that meter', () => {
  const source = sourceOfAsset(asset(meter('s', 'sub')), 'electricity');
  expect([source.asking.meter, source.topic, source.isGiving]).toEqual(['s', 'meter:s', false]);
});

test('a solar roof is shown by what it gives', () => {
  const source = sourceOfAsset(asset(meter('pv', 'generation')), 'electricity');
  expect([source.asking.direction, source.metric, source.isGiving]).toEqual(['export', 'export_kw', true]);
});

test('a meter is asked for at its site, in the direction that it counts', () => {
  const card = (directions: string[], site: string | null) =>
    ({ id: 'm', site_id: site, carrier: 'electricity', series: directions.map((direction) => ({ direction })) }) as unknown as MeterCard;
  expect(sourceOfMeter(card(['import', 'export'], 's'))?.asking).toEqual({ carrier: 'electricity', meter: 'm' });
  expect(sourceOfMeter(card(['export'], 's'))?.isGiving).toBe(true);
  expect(sourceOfMeter(card([], null))).toBeUndefined();
});

test('heat that is counted in kWh is not the electric power of its asset', () => {
  const metrics = (carrier: 'heat' | 'electricity') => sourceOfAsset(asset(meter('m', 'boundary', { carrier })), carrier).metric;
  expect([metrics('electricity'), metrics('heat')]).toEqual(['power_kw', 'heat_power_kw']);
});
