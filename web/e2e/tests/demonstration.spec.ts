/** The demonstration goes with one act of an administrator; on a server of its own, which has nothing left afterwards. */
import { settle } from '../harness/places.ts';
import { DemoServer } from '../harness/server.ts';
import { expect, Product, test, TENANT } from '../harness/test.ts';

test('an administrator removes the demonstration by its typed name', async ({ browser }) => {
  test.setTimeout(180_000);
  const server = await DemoServer.from(process.env['AEGRID_TEST_TEMPLATE'] ?? '');
  const product = new Product(server.origin, browser);
  try {
    const context = await product.window('administrator');
    const page = await context.newPage();
    await page.goto(`/t/${TENANT}/administration/preferences`);
    await settle(page);
    await page.getByRole('button', { name: 'Remove the demonstration' }).click();
    const dialog = page.getByRole('dialog', { name: 'Remove the demonstration' });
    await dialog.getByLabel('Name of the organisation').fill('City of Banks');
    await dialog.getByRole('button', { name: 'Remove the demonstration' }).click();
    await expect(dialog.getByText('Type the name as it is written: City of Banksia (simulated)').first()).toBeVisible();
    await dialog.getByLabel('Name of the organisation').fill('City of Banksia (simulated)');
    await dialog.getByRole('button', { name: 'Remove the demonstration' }).click();
    // Its people went with it: nobody is signed in, and there is no role to enter as.
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sign in', { timeout: 60_000 });
    await expect(page.getByLabel('E-mail')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Energy manager' })).toBeHidden();
    await context.close();
  } finally {
    await server.remove();
  }
});
