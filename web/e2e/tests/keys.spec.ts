/** API keys: made and shown once, used by a program, refused once revoked. */
import { request } from '@playwright/test';

import { settle } from '../harness/places.ts';
import { expect, test, TENANT } from '../harness/test.ts';

const HOUR = 3_600_000;

test('a key is shown once, sends readings, says when it was last used, and is refused once revoked', async ({ product }) => {
  const number = String(Date.now()).slice(-7);
  const key = `KEY${number}`;
  const admin = await product.api('administrator');
  const loaded = await admin.post('/api/energy/register', {
    data: {
      sites: [{ external_id: key, name: `Kiosk ${number}`, timezone: 'Australia/Melbourne' }],
      assets: [{ external_id: key, site: key, kind: 'site', name: `Kiosk ${number}` }],
      meters: [{ external_id: `${key}-E`, site: key, carrier: 'electricity', name: `Kiosk meter ${number}`, rhythm: 'live' }],
      assignments: [{ meter: `${key}-E`, asset: key, role: 'boundary' }],
    },
  });
  expect(loaded.ok(), await loaded.text()).toBe(true);

  const context = await product.window('administrator');
  const page = await context.newPage();
  await page.goto(`/t/${TENANT}/administration/keys`);
  await settle(page);
  await page.getByRole('button', { name: 'Make a key' }).click();
  const dialog = page.getByRole('dialog', { name: 'Make a key' });
  await dialog.getByRole('button', { name: 'Make a key' }).click();
  await expect(dialog.getByText('Enter what the key is for').first()).toBeVisible();
  await dialog.getByLabel('Name').fill(`Gateway ${number}`);
  await dialog.getByLabel('Site').selectOption({ label: `Kiosk ${number}` });
  await dialog.getByRole('button', { name: 'Make a key' }).click();
  await expect(dialog).toBeHidden();
  const once = page.getByRole('region', { name: 'The key' });
  const secret = await once.locator('code').innerText();
  await once.getByRole('button', { name: 'I have kept it' }).click();
  await page.reload();
  await settle(page);
  expect(await page.content(), 'the key is not shown again').not.toContain(secret);
  const row = page.getByRole('row').filter({ hasText: `Gateway ${number}` });
  await expect(row).toContainText('never');
  await expect(row).toContainText('good');

  // A program: no cookie, no page.
  const program = await request.newContext({ baseURL: product.origin, extraHTTPHeaders: { Authorization: `Bearer ${secret}` } });
  const send = (meter: string) =>
    program.post('/api/energy/consumption', {
      data: { meter, start: new Date(Math.floor(Date.now() / HOUR) * HOUR - 3 * HOUR).toISOString(), step_s: 1800, unit: 'kWh', values: [1, 2, 3, 4] },
    });
  const sent = await send(`${key}-E`);
  expect(sent.status(), await sent.text()).toBe(200);
  expect(await sent.json()).toMatchObject({ added: 4 });
  const elsewhere = await send('CCB-TH-E1');
  expect(elsewhere.status(), 'another site is not this key’s').toBeGreaterThanOrEqual(400);
  await page.reload();
  await settle(page);
  await expect(row).not.toContainText('never');

  await row.getByRole('button', { name: `Revoke the key Gateway ${number}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
  await expect(row).toContainText('revoked');
  const refused = await send(`${key}-E`);
  expect(refused.status()).toBe(401);
  expect(await refused.json()).toMatchObject({ code: 'key_refused' });
  await Promise.all([program.dispose(), admin.dispose(), context.close()]);
});
