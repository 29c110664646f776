import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, expect, test } from 'vitest';

import type { Session, SiteRow } from '../api/types';
import { openDatabase } from './database';
import {
  choose,
  claim,
  forgetAll,
  forgetRead,
  isKeeping,
  keepOnly,
  keepSite,
  keptSites,
  rememberSession,
  rememberedSession,
  type KeptSite,
} from './kept-sites';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 25);
const sessionOf = (id: string): Session => ({ account: { id, name: id, email: '' } }) as Session;
const kept = (account: string, tenant: string, site: string, savedAt = NOW): KeptSite => ({
  account,
  tenant,
  site,
  row: { id: site, name: site } as SiteRow,
  from: savedAt - 7 * DAY,
  to: savedAt,
  carriers: [],
  savedAt,
});

let db: IDBDatabase;
beforeEach(async () => {
  db = await openDatabase(new IDBFactory());
  await choose(db, 'ann', 'demo', true);
  await rememberSession(db, sessionOf('ann'), NOW);
  await keepSite(db, kept('ann', 'demo', 'hall'));
  await keepSite(db, kept('ann', 'demo', 'pool'));
  await keepSite(db, kept('ann', 'other', 'hall'));
});
const names = async (account: string, tenant: string, now = NOW): Promise<string[]> =>
  (await keptSites(db, account, tenant, now)).map(({ site }) => site).sort();

test('what is kept belongs to one person in one organisation', async () => {
  expect(await names('ann', 'demo')).toEqual(['hall', 'pool']);
  expect(await names('ann', 'other')).toEqual(['hall']);
  expect(await names('bob', 'demo')).toEqual([]);
});

test('a newer reading of a site takes the place of the older', async () => {
  await keepSite(db, kept('ann', 'demo', 'hall', NOW + 5));
  expect((await keptSites(db, 'ann', 'demo', NOW)).map(({ savedAt }) => savedAt).sort()).toEqual([NOW, NOW + 5]);
});

test('when another person signs in, nothing of the first is left', async () => {
  await claim(db, 'bob', NOW);
  expect(await names('ann', 'demo')).toEqual([]);
  expect(await names('ann', 'other')).toEqual([]);
  expect(await isKeeping(db, 'ann', 'demo')).toBe(false);
  expect(await rememberedSession(db, NOW)).toBeUndefined();
});

test('when the same person comes back, all is there', async () => {
  await claim(db, 'ann', NOW + DAY);
  expect(await names('ann', 'demo')).toEqual(['hall', 'pool']);
  expect((await rememberedSession(db, NOW + DAY))?.account.id).toBe('ann');
});

test('after 14 days nothing is shown, and it goes at the next sign-in', async () => {
  const late = NOW + 14 * DAY + 1;
  expect(await names('ann', 'demo', late)).toEqual([]);
  expect(await rememberedSession(db, late)).toBeUndefined();
  await claim(db, 'ann', late);
  expect(await names('ann', 'demo', NOW)).toEqual([]);
});

test('a session that has ended removes what was read; the choice stays, so that it fills again', async () => {
  await forgetRead(db);
  expect(await names('ann', 'demo')).toEqual([]);
  expect(await rememberedSession(db, NOW)).toBeUndefined();
  expect(await isKeeping(db, 'ann', 'demo')).toBe(true);
});

test('signing out removes the choice too', async () => {
  await forgetAll(db);
  expect(await names('ann', 'other')).toEqual([]);
  expect(await isKeeping(db, 'ann', 'demo')).toBe(false);
});

test('a site that is chosen no longer goes, in its organisation alone', async () => {
  await keepOnly(db, 'demo', new Set(['pool']));
  expect(await names('ann', 'demo')).toEqual(['pool']);
  expect(await names('ann', 'other')).toEqual(['hall']);
});

test('who stops keeping keeps nothing of that organisation', async () => {
  await choose(db, 'ann', 'demo', false);
  expect(await isKeeping(db, 'ann', 'demo')).toBe(false);
  expect(await names('ann', 'demo')).toEqual([]);
  expect(await names('ann', 'other')).toEqual(['hall']);
});
