/** Preferences of the organisation: two people at once, and what the choices do on other pages. */
import type { Page } from '@playwright/test';

import { settle, sites } from '../harness/places.ts';
import { expect, type Product, test, TENANT } from '../harness/test.ts';

async function preferences(product: Product): Promise<Page> {
  const page = await (await product.window('administrator')).newPage();
  await page.goto(`/t/${TENANT}/administration/preferences`);
  await settle(page);
  await expect(page.getByLabel('Currency')).toBeVisible();
  return page;
}

async function put(product: Product, data: unknown): Promise<void> {
  const api = await product.api('administrator');
  const answer = await api.put('/api/energy/preferences', { data, headers: { 'If-Match': '*' } });
  expect(answer.ok(), await answer.text()).toBe(true);
  await api.dispose();
}

test('two administrators do not overwrite each other unseen', async ({ product }) => {
  await put(product, { currency: 'AUD' });
  const [one, other] = [await preferences(product), await preferences(product)];
  await one.getByLabel('Currency').fill('nzd');
  await one.getByRole('button', { name: 'Save' }).click();
  await expect(one.getByRole('main')).toContainText('Saved.');

  await other.getByLabel('Currency').fill('EUR');
  await other.getByRole('button', { name: 'Save' }).click();
  await expect(other.getByRole('main')).toContainText('Somebody else changed these since you opened the page: Currency');
  await expect(other.getByLabel('Currency')).toHaveValue('EUR');
  expect((await product.ask<{ currency: string }>('/api/energy/preferences')).currency).toBe('NZD');
  await other.getByRole('button', { name: 'Save' }).click();
  await expect(other.getByRole('main')).toContainText('Saved.');
  expect((await product.ask<{ currency: string }>('/api/energy/preferences')).currency).toBe('EUR');

  // Different things do not clash: each keeps their own.
  await one.getByLabel('Month').selectOption({ label: 'April' });
  await one.getByRole('button', { name: 'Save' }).click();
  await expect(one.getByRole('main')).toContainText('Saved.');
  expect(await product.ask('/api/energy/preferences')).toMatchObject({ currency: 'EUR', financial_year_start: '04-01' });
  await put(product, { currency: 'AUD', financial_year_start: '07-01' });
  for (const page of [one, other]) await page.context().close();
});

test('pages offer the energies that were chosen, and money has the sign of its currency', async ({ product }) => {
  const site = (await sites(product)).find(({ name }) => name === 'Banksia Town Hall');
  const page = await preferences(product);
  await page.getByRole('checkbox', { name: /^Electricity/ }).uncheck();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('main')).toContainText('Saved.');
  await page.goto(`/t/${TENANT}/site/${site?.id}/energy`);
  await settle(page);
  const offered = page.getByRole('main').getByRole('combobox', { name: /^Energy|^Carrier/ }).first();
  await expect(offered).toHaveValue('gas');
  expect(await offered.locator('option').allInnerTexts()).not.toContain('Electricity');

  await put(product, { carriers: ['electricity', 'gas', 'water', 'heat', 'cooling', 'steam', 'other'], currency: 'NZD' });
  await page.goto(`/t/${TENANT}/portfolio/energy?cols=sum,cost`);
  await settle(page);
  await expect(page.getByRole('main').getByRole('table').last()).toContainText(/AUD/);
  await put(product, { currency: 'AUD' });
  await page.reload();
  await settle(page);
  await expect(page.getByRole('main').getByRole('table').last()).toContainText(/\$\d/);
  await page.context().close();
});
