/** What the server works at and what was done: real jobs in the tray and in their list, the record page by page. */
import { settle } from '../harness/places.ts';
import { expect, test, TENANT } from '../harness/test.ts';

test('jobs name their file in the tray and in the list, and those that loaded nothing are found', async ({ product }) => {
  const number = String(Date.now()).slice(-7);
  const context = await product.window('energy_manager');
  const page = await context.newPage();
  await page.goto(`/t/${TENANT}/administration/jobs`);
  await settle(page);
  const api = await product.api('energy_manager');
  const load = async (name: string, data: string): Promise<void> => {
    const answer = await api.post(`/api/energy/consumption?job=true&name=${name}`, { data, headers: { 'Content-Type': 'text/csv' } });
    expect(answer.status(), await answer.text()).toBe(202);
  };
  await load(`broken-${number}.csv`, '100,NEM12,2026\n200,abc\n');
  // The tray hears of it without being asked.
  const tray = page.getByRole('banner').getByRole('group').filter({ hasText: /running|finished/ }).first();
  await tray.locator('summary').click();
  await expect(tray).toContainText(`Loading a file (broken-${number}.csv)`);
  await expect(tray).toContainText('nothing was loaded', { timeout: 30_000 });
  await page.keyboard.press('Escape');

  await page.getByLabel('Show').selectOption({ label: 'those that did not work' });
  const row = page.getByRole('row').filter({ hasText: `broken-${number}.csv` });
  await expect(row).toContainText('nothing was loaded', { timeout: 30_000 });
  await expect(row).toContainText('Demo energy manager');
  await row.getByRole('link', { name: 'See what came of it' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText(`broken-${number}.csv`);
  await api.dispose();
  await context.close();
});

test('the record goes on page by page, is filtered, and says what changed in words', async ({ product }) => {
  const api = await product.api('administrator');
  for (let i = 0; i < 105; i += 1) {
    const answer = await api.put('/api/energy/preferences', { data: { is_offline_allowed: true }, headers: { 'If-Match': '*' } });
    expect(answer.ok()).toBe(true);
  }
  const email = `record.${String(Date.now()).slice(-7)}@example.org`;
  const asked = await api.post('/api/energy/people', { data: { email, name: 'Record Keeper', grants: [{ role: 'executive' }] } });
  expect(asked.ok(), await asked.text()).toBe(true);
  const context = await product.window('administrator');
  const page = await context.newPage();
  await page.goto(`/t/${TENANT}/administration/record`);
  await settle(page);
  const rows = page.getByRole('main').locator('tbody tr');
  await expect(rows).toHaveCount(100);
  await page.getByRole('button', { name: 'Load older lines' }).click();
  await expect.poll(() => rows.count()).toBeGreaterThan(100);
  await page.getByLabel('Show lines that hold').fill(`invited ${email}`);
  await expect(rows).toHaveCount(1);
  await expect(rows.first()).toContainText(`name: Record Keeper; email: ${email}; roles: executive`);
  await expect(rows.first()).toContainText('Demo administrator');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'These lines as CSV' }).click();
  expect((await download).suggestedFilename()).toBe('record.csv');
  await api.dispose();
  await context.close();
});
