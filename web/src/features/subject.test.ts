import { expect, test } from 'vitest';

import type { AssetCard } from '../api/types';
import { asOf, carrierOf, newestEnd, offered, offering, subjectOfAsset } from './subject';

const ZONE = 'Australia/Adelaide';
const site = (end: string | null): AssetCard => ({
  id: 's',
  site_id: 's',
  site_name: 'Library',
  timezone: ZONE,
  parent_id: null,
  parent_name: null,
  kind: 'site',
  name: 'Library',
  use_type: '',
  floor_area_m2: null,
  ratings: {},
  external_id: null,
  tags: [],
  groups: [],
  in_service_from: null,
  in_service_to: null,
  trail: [],
  carriers: ['electricity', 'gas'],
  newest: [
    { carrier: 'electricity', at: end, end, step_s: 300 },
    { carrier: 'gas', at: null, end: null, step_s: null },
  ],
  may: ['view'],
  children: [],
  meters: [],
  points: [],
});
const NOW = Date.parse('2026-11-25T04:00:00Z');

test('the asset that has the id of its site is the site', () => {
  expect(subjectOfAsset(site(null)).kind).toBe('site');
  expect(subjectOfAsset({ ...site(null), id: 'a' }).kind).toBe('asset');
});

test('a carrier that does not flow here gives the first that does', () => {
  const subject = subjectOfAsset(site(null));
  expect(carrierOf(subject, new URLSearchParams('carrier=gas'))).toBe('gas');
  expect(carrierOf(subject, new URLSearchParams('carrier=steam'))).toBe('electricity');
});

test('with live data periods hang on now', () => {
  const subject = subjectOfAsset(site('2026-11-25T03:55:00Z'));
  expect(asOf(subject, 'electricity', NOW)).toBe(NOW);
});

test('with data that ended they hang on the newest local day that is whole', () => {
  // Midnight of 1 January 2023 in Adelaide: the 31st is whole.
  const whole = subjectOfAsset(site('2022-12-31T13:30:00Z'));
  expect(asOf(whole, 'electricity', NOW)).toBe(Date.parse('2022-12-31T13:30:00Z') - 1);
  // One o'clock in the night of the 1st: that day is not whole, the 31st is.
  const begun = subjectOfAsset(site('2022-12-31T14:30:00Z'));
  expect(asOf(begun, 'electricity', NOW)).toBe(Date.parse('2022-12-31T13:30:00Z') - 1);
});

test('a carrier that was never heard of hangs on now', () => {
  const subject = subjectOfAsset(site(null));
  expect(newestEnd(subject, 'gas')).toBeUndefined();
  expect(asOf(subject, 'gas', NOW)).toBe(NOW);
});

test('a page offers the carriers that the organisation wants to see, in its order', () => {
  const subject = subjectOfAsset(site(null));
  expect(offering(subject, ['water', 'gas', 'electricity']).carriers).toEqual(['gas', 'electricity']);
  expect(carrierOf(offering(subject, ['gas']), new URLSearchParams('carrier=electricity'))).toBe('gas');
});

test('where none of them flows, what flows is shown', () => {
  expect(offered(['heat'], ['gas'])).toEqual(['heat']);
});
