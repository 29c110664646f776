/** The app in the hand, with and without a signal: notes that wait, and who finds what on a device. */
import type { BrowserContext, Page } from '@playwright/test';

import { settle } from '../harness/places.ts';
import { expect, type Product, TENANT, test } from '../harness/test.ts';

const MY_SITES = `/t/${TENANT}/my-sites`;
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

test.describe.configure({ timeout: 90_000 });

/** What lies in the database of the device, by store. */
const held = (page: Page): Promise<Record<string, number>> =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        const opening = indexedDB.open('aegrid-offline');
        opening.onsuccess = () => {
          const db = opening.result;
          const names = [...db.objectStoreNames];
          const reading = db.transaction(names);
          const counts = names.map((name) => [name, reading.objectStore(name).count()] as const);
          reading.oncomplete = () => {
            db.close();
            resolve(Object.fromEntries(counts.map(([name, { result }]) => [name, result])));
          };
        };
      }),
  );

/** A telephone of a technician on which a starred site is kept, and whose worker holds the shell. */
async function phone(product: Product): Promise<{ context: BrowserContext; page: Page }> {
  product.forget('technician');
  const context = await product.window('technician', PHONE);
  const page = await context.newPage();
  await page.goto(MY_SITES);
  await settle(page);
  const card = page.getByRole('article').first();
  const star = card.getByRole('button', { name: /favourite/ });
  if ((await star.getAttribute('aria-pressed')) !== 'true') await star.click();
  await page.getByRole('checkbox', { name: 'Keep my starred sites on this device' }).check();
  await expect(page.getByText(/\d+ sites? (is|are) kept/)).toBeVisible({ timeout: 30_000 });
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  return { context, page };
}

async function write(page: Page, words: string): Promise<void> {
  await page.getByRole('article').first().getByRole('button', { name: 'Write a note' }).click();
  const note = page.getByRole('dialog');
  await note.getByLabel('What did you see or do?').fill(words);
  await note.getByRole('button', { name: 'Save the note' }).click();
  await expect(note).toBeHidden();
}

/** Notes with these words on the server. */
async function notes(product: Product, words: string): Promise<number> {
  const { events } = await product.ask<{ events: { text: string }[] }>('/api/energy/events?limit=1000');
  return events.filter(({ text }) => text === words).length;
}

test('a note that is written with no signal outlives a reload, and is sent once when there is a signal', async ({
  product,
}) => {
  const { context, page } = await phone(product);
  const words = `Oil under pump 3 ${Date.now()}`;
  await context.setOffline(true);
  await page.reload();
  await expect(page.getByText(/sites that your device kept/)).toBeVisible({ timeout: 20_000 });
  await write(page, words);
  await expect(page.getByRole('banner')).toContainText('1 waiting to send');
  await page.reload();
  await expect(page.getByRole('banner')).toContainText('1 waiting to send', { timeout: 20_000 });
  expect(await notes(product, words)).toBe(0);

  await context.setOffline(false);
  await expect(page.getByRole('banner')).not.toContainText('waiting to send', { timeout: 40_000 });
  expect(await notes(product, words)).toBe(1);
  await context.close();
});

test('a note whose answer was lost is sent again under its key, and stands there once', async ({ product }) => {
  const { context, page } = await phone(product);
  const words = `Valve 7 is stuck ${Date.now()}`;
  const keys = new Set<string | undefined>();
  let tries = 0;
  await context.route('**/api/energy/events', async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    keys.add(route.request().headers()['idempotency-key']);
    tries += 1;
    // The first reaches the server, and its answer never comes back.
    if (tries > 1) return route.continue();
    await route.fetch();
    return route.abort('connectionreset');
  });
  await write(page, words);
  await expect.poll(() => tries, { timeout: 20_000 }).toBeGreaterThan(1);
  await expect(page.getByRole('banner')).not.toContainText('waiting to send');
  expect(keys.size).toBe(1);
  expect(await notes(product, words)).toBe(1);
  await context.close();
});

test('signing out warns of what has not been sent, and leaves nothing on the device', async ({ product }) => {
  const { context, page } = await phone(product);
  await context.setOffline(true);
  await write(page, `Never sent ${Date.now()}`);
  await expect(page.getByRole('banner')).toContainText('1 waiting to send');
  const signOut = async (): Promise<void> => {
    await page.getByRole('banner').locator('details > summary').last().click();
    await page.getByRole('button', { name: 'Sign out' }).click();
  };
  await signOut();
  const asked = page.getByRole('dialog', { name: 'Sign out?' });
  await expect(asked).toContainText('1 note has not been sent');
  await asked.getByRole('button', { name: 'Stay signed in' }).click();
  expect(await held(page)).toMatchObject({ outbox: 1 });
  await signOut();
  await asked.getByRole('button', { name: 'Throw away and sign out' }).click();
  await expect(page.getByText(/could not be told that you sign out/)).toBeVisible();
  expect(await held(page)).toEqual({ facts: 0, outbox: 0, sites: 0 });
  await context.close();
  product.forget('technician');
});

test('when the session has ended, what was kept is gone with the next contact', async ({ product }) => {
  const { context, page } = await phone(product);
  expect((await held(page))['sites']).toBeGreaterThan(0);
  await context.request.delete('/api/energy/session', {
    headers: { Origin: product.origin, 'Sec-Fetch-Site': 'same-origin' },
  });
  await page.reload();
  await expect(page).toHaveURL(/\/sign-in/);
  // The choice to keep stays, so that it fills again.
  await expect.poll(() => held(page)).toEqual({ facts: 1, outbox: 0, sites: 0 });
  // Somebody else signs in on this device: the choice goes too.
  await page.getByRole('button', { name: 'Facilities' }).first().click();
  await expect(page).not.toHaveURL(/\/sign-in/);
  await expect.poll(() => held(page)).toEqual({ facts: 0, outbox: 0, sites: 0 });
  await context.close();
  product.forget('technician');
});

test('where an administrator forbids it, nothing is kept, and what was is gone', async ({ product }) => {
  const { context, page } = await phone(product);
  const administrator = await product.api('administrator');
  const allow = (is_offline_allowed: boolean) =>
    administrator.put('/api/energy/preferences', { data: { is_offline_allowed }, headers: { 'If-Match': '*' } });
  expect((await allow(false)).ok()).toBe(true);
  try {
    await page.reload();
    await expect(page.getByText('Your administrator does not allow sites to be kept on devices.')).toBeVisible();
    await expect(page.getByRole('checkbox', { name: 'Keep my starred sites on this device' })).toBeDisabled();
    await expect.poll(() => held(page)).toMatchObject({ sites: 0 });
  } finally {
    await allow(true);
    await administrator.dispose();
  }
  await context.close();
});

test('a meter that is found by its number says whether it is talking, and a new reading is heard', async ({
  product,
}) => {
  const context = await product.window('technician', PHONE);
  const page = await context.newPage();
  await page.goto(MY_SITES);
  await settle(page);
  const { results } = await product.ask<{ results: { kind: string; id: string; name: string; detail: string }[] }>(
    '/api/energy/search?q=town%20hall%20main',
  );
  const meter = results.find(({ kind }) => kind === 'meter');
  const { nmi, series } = await product.ask<{
    nmi: string;
    series: { register: string; unit: string; step_s: number; readings: { end: string }[] }[];
  }>(`/api/energy/meters/${meter?.id}/recent`);
  await page.getByLabel('Find a site or a meter by name or number').fill(nmi);
  await page.getByRole('link', { name: new RegExp(meter?.name ?? '') }).click();
  await settle(page);
  await expect(page.getByRole('main')).toContainText('Is it talking?');
  await expect(page.getByRole('table').getByRole('row')).toHaveCount(11);

  await page.getByRole('button', { name: 'Wait for the next reading' }).click();
  await expect(page.getByText(/Waiting for the next reading/)).toBeVisible();
  const [one] = series;
  const sender = await product.api('administrator');
  // The next interval, as if its time had come.
  const sent = await sender.post('/api/energy/consumption', {
    data: { meter: nmi, register: one?.register, start: one?.readings[0]?.end, step_s: one?.step_s, unit: one?.unit, values: [12.5] },
  });
  expect(await sent.json()).toMatchObject({ added: 1 });
  await expect(page.getByText(/It spoke: a reading arrived/)).toBeVisible({ timeout: 20_000 });
  await expect(page.getByRole('table')).toContainText('12.5');
  await sender.dispose();
  await context.close();
});
