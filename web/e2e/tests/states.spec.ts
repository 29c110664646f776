/** What a page does when the world is not as it should be: nothing there, server lost, session over, new version. */
import { settle, sites } from '../harness/places.ts';
import { DemoServer } from '../harness/server.ts';
import { expect, Product, TENANT, test as plain } from '../harness/test.ts';

/** A server that this test may stop and start. */
const test = plain.extend<{ own: { server: DemoServer; product: Product } }>({
  own: [
    async ({ browser }, use) => {
      const server = await DemoServer.from(process.env['AEGRID_TEST_TEMPLATE'] ?? '');
      await use({ server, product: new Product(server.origin, browser) });
      await server.remove();
    },
    { timeout: 180_000 },
  ],
});
test.describe.configure({ timeout: 120_000 });

const NOWHERE = '00000000-0000-7000-8000-000000000000';

test('a site that is not there is told in words, not as an empty page', async ({ product }) => {
  const context = await product.window('energy_manager');
  const page = await context.newPage();
  await page.goto(`/t/${TENANT}/site/${NOWHERE}`);
  await expect(page.getByRole('main')).toContainText(/not yours/i);
  await expect(page.getByRole('main').getByRole('link').first()).toBeVisible();
  await page.goto(`/t/${TENANT}/no-such-page`);
  await expect(page.getByText('There is no page at this address.')).toBeVisible();
  await context.close();
});

test('an asset that is missing answers 404, never a page', async ({ product }) => {
  const api = await product.api('energy_manager');
  for (const path of ['/assets/missing-00000000.js', '/missing.js', '/api/energy/missing']) {
    const answer = await api.get(path);
    expect(answer.status(), path).toBe(404);
    expect(answer.headers()['content-type'] ?? '', path).not.toContain('text/html');
  }
  await api.dispose();
});

test('a server that is lost leaves the figures with their age, and they live again when it is back', async ({ own }) => {
  const { server, product } = own;
  const [site] = await sites(product);
  const context = await product.window('energy_manager');
  const page = await context.newPage();
  await page.goto(`/t/${TENANT}/site/${site?.id}`);
  await settle(page);
  // The tray and the outbox say things there too; the state of the connection stands last.
  const status = page.getByRole('banner').getByRole('status').last();
  await expect(status).toContainText('Connected');
  const figures = (): Promise<string[]> =>
    page.evaluate(() => document.querySelector('main')?.innerText.match(/\d[\d,.]*\s*(?:kW|kWh|MWh|m³|L)\b/g) ?? []);
  const before = await figures();
  expect(before.length).toBeGreaterThan(0);

  await server.stop();
  await expect(page.getByText('Connection lost.')).toBeVisible({ timeout: 20_000 });
  await expect(status).not.toContainText('Connected');
  expect((await figures()).length).toBeGreaterThanOrEqual(before.length);
  await expect(page.getByRole('main')).toContainText(/\b(ago|old|last received)\b/);

  await server.start();
  await expect(status).toContainText('Connected', { timeout: 60_000 });
  await expect(page.getByText('Connection lost.')).toBeHidden();
  await context.close();
});

test('a session that ended asks to sign in over the page, which stays as it was', async ({ product }) => {
  // Nobody else is signed in with this role here.
  product.forget('facilities');
  const [site] = await sites(product);
  const context = await product.window('facilities');
  const page = await context.newPage();
  await page.goto(`/t/${TENANT}/site/${site?.id}`);
  await settle(page);
  const heading = await page.locator('h1').innerText();
  // Signed out in another window: this one learns it with its next question.
  await context.request.delete('/api/energy/session', {
    headers: { Origin: product.origin, 'Sec-Fetch-Site': 'same-origin' },
  });
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('Your session has ended', { timeout: 60_000 });
  await dialog.getByRole('button', { name: 'Energy manager' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.locator('h1')).toHaveText(heading);
  expect(new URL(page.url()).pathname).toBe(`/t/${TENANT}/site/${site?.id}`);
  product.forget('facilities');
  await context.close();
});

test('an open tab learns that the server has newer pages, and loads them when asked', async ({ product }) => {
  const context = await product.window('energy_manager', { serviceWorkers: 'block' });
  const page = await context.newPage();
  await page.goto(`/t/${TENANT}/portfolio`);
  await settle(page);
  const [site] = await sites(product);
  // After an upgrade the parts of the older build are gone.
  const gone = /\/assets\/(?!index-|inter-).*\.js$/;
  await context.route(gone, (route) => route.fulfill({ status: 404, body: '' }));
  await page.getByRole('main').getByRole('link', { name: site?.name ?? '' }).first().click();
  await expect(page.getByText('A newer version of this page is on the server.')).toBeVisible();
  await context.unroute(gone);
  await page.getByRole('button', { name: 'Load it' }).click();
  await settle(page);
  await expect(page.locator('h1')).toContainText(site?.name ?? '');
  await context.close();
});

test('what was typed is there after signing in again', async ({ product }) => {
  product.forget('sustainability');
  const [site] = await sites(product);
  const context = await product.window('sustainability');
  const page = await context.newPage();
  await page.goto(`/t/${TENANT}/site/${site?.id}/energy`);
  await settle(page);
  await page.getByRole('button', { name: 'Note this stretch' }).click();
  const note = page.getByRole('dialog', { name: /^Note something/ });
  const words = 'The school holidays began, and the pool was full.';
  await note.getByLabel('In words').fill(words);
  await context.request.delete('/api/energy/session', {
    headers: { Origin: product.origin, 'Sec-Fetch-Site': 'same-origin' },
  });
  const again = page.getByRole('dialog', { name: /Your session has ended/ });
  // Whichever comes first, the socket or the button, tells that the session is over.
  await note.getByRole('button', { name: 'Note it' }).click().catch(() => undefined);
  await again.getByRole('button', { name: 'Sustainability', exact: false }).first().click();
  await expect(again).toBeHidden();
  await expect(note.getByLabel('In words')).toHaveValue(words);
  product.forget('sustainability');
  await context.close();
});

test('a starred site can be read with no signal, also after a reload', async ({ product }) => {
  const [site] = await sites(product);
  const context = await product.window('technician', { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  const page = await context.newPage();
  await page.goto(`/t/${TENANT}/site/${site?.id}`);
  await settle(page);
  const star = page.getByRole('button', { name: /favourite/ }).first();
  if ((await star.getAttribute('aria-pressed')) !== 'true') await star.click();
  await page.goto(`/t/${TENANT}/my-sites`);
  await settle(page);
  const keep = page.getByRole('checkbox', { name: 'Keep my starred sites on this device' });
  if (!(await keep.isChecked())) await keep.check();
  await expect(page.getByText(/1 site is kept/)).toBeVisible({ timeout: 30_000 });
  // The worker holds the shell once it has taken over.
  await page.waitForFunction(async () => (await navigator.serviceWorker.ready).active?.state === 'activated');
  await context.setOffline(true);
  await page.goto(`/t/${TENANT}/site/${site?.id}`);
  await expect(page.getByText(/No connection to the server/).first()).toBeVisible({ timeout: 30_000 });
  await expect(page.locator('h1')).toContainText(site?.name ?? '');
  await page.reload();
  await expect(page.locator('h1')).toContainText(site?.name ?? '');
  await expect(page.getByRole('main')).toContainText(/\d+(\.\d+)?\s(kW|kWh|MWh)/);
  await context.setOffline(false);
  await context.close();
});
