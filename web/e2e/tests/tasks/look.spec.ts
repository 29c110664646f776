/** Tasks of people who look: why a site is high, against last year, against another building; the board on paper. */
import { Hands } from '../../harness/hands.ts';
import { settle, sites } from '../../harness/places.ts';
import { expect, test, TENANT } from '../../harness/test.ts';

const siteNamed = async (product: Parameters<typeof sites>[0], name: string): Promise<string> =>
  (await sites(product)).find((site) => site.name.includes(name))?.id ?? '';

test('the worst site stands first', async ({ product }, info) => {
  const context = await product.window('facilities', { viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  // Where a manager of facilities starts: nothing is typed, the address of the server is enough.
  await page.goto('/');
  await settle(page);
  await expect(page).toHaveURL(new RegExp(`/t/${TENANT}/portfolio$`));
  const first = page.getByRole('main').getByRole('row').nth(1).getByRole('rowheader').getByRole('link');
  const name = await first.innerText();
  const hands = new Hands(page, info, 1);
  await hands.press(first);
  await expect(page.locator('h1')).toContainText(name);
  await expect(page.getByRole('main')).toContainText(/Using .* kW/);
  hands.done();
  await context.close();
});

test('share a view, and open it as another person', async ({ product }, info) => {
  const context = await product.window('energy_manager', { viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto(`/t/${TENANT}/site/${await siteNamed(product, 'Town Hall')}/energy`);
  await settle(page);
  const hands = new Hands(page, info, 3);
  await hands.choose(page.getByRole('combobox', { name: 'Carrier' }), 'Gas');
  await hands.choose(page.getByRole('combobox', { name: 'Length of the period' }), 'Quarter');
  await hands.press(page.getByRole('button', { name: 'Earlier' }));
  const heading = page.getByRole('main').getByRole('heading', { name: /^Gas by/ });
  await expect(heading).toBeVisible();
  await settle(page);
  const shared = page.url();
  const said = await page.getByRole('main').getByText(/ used .* gas/).first().innerText();
  const other = await product.window('executive');
  const theirs = await other.newPage();
  await theirs.goto(shared);
  await settle(theirs);
  await expect(theirs.getByRole('combobox', { name: 'Carrier' })).toHaveValue('gas');
  await expect(theirs.getByRole('main').getByText(said)).toBeVisible();
  hands.done();
  await other.close();
  await context.close();
});

test('why is it high: from a site over the carpet to the day', async ({ product }, info) => {
  const context = await product.window('energy_manager', { viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto(`/t/${TENANT}/site/${await siteNamed(product, 'Town Hall')}`);
  await settle(page);
  const hands = new Hands(page, info, 4);
  await hands.press(page.getByRole('main').getByRole('link', { name: 'Energy', exact: true }));
  await expect(page.getByRole('application', { name: /by day/ })).toBeVisible();
  await hands.down(page.getByRole('region', { name: /Every day of the period/ }));
  const carpet = page.getByRole('application', { name: /Every day of the period/ });
  await hands.reach(carpet);
  // Down one row of the carpet is the day after; each is told as it is walked over.
  await hands.key('Home');
  await expect(page.getByRole('region', { name: /Every day of the period/ }).locator('[aria-live]')).toHaveText(/kW/);
  await hands.key('Enter');
  await expect(page.getByRole('combobox', { name: 'Length of the period' })).toHaveValue(/day/);
  await expect(page).toHaveURL(/day/);
  hands.done();
  await context.close();
});

test('compare with last year', async ({ product }, info) => {
  const context = await product.window('energy_manager', { viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto(`/t/${TENANT}/site/${await siteNamed(product, 'Town Hall')}`);
  await settle(page);
  const hands = new Hands(page, info, 2);
  await hands.press(page.getByRole('main').getByRole('link', { name: 'Energy', exact: true }));
  const compare = page.getByRole('combobox', { name: 'Compare with' });
  await compare.waitFor();
  await hands.choose(compare, 'Same period last year');
  await expect(page.getByRole('main')).toContainText(/(more|less) than|about the same as/);
  await expect(page.getByRole('main')).toContainText('last year');
  hands.done();
  await context.close();
});

test('compare two buildings per square metre', async ({ product }, info) => {
  const context = await product.window('energy_manager', { viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto(`/t/${TENANT}/site/${await siteNamed(product, 'Town Hall')}/energy`);
  await settle(page);
  const hands = new Hands(page, info, 4);
  const compare = page.getByRole('combobox', { name: 'Compare with' });
  await compare.waitFor();
  await hands.chooseLast(compare);
  const dialog = page.getByRole('dialog', { name: 'Compare with another site or asset' });
  await expect(dialog.getByRole('searchbox', { name: 'Name' })).toBeFocused();
  await hands.type('Library');
  await hands.press(dialog.getByRole('button', { name: /Banksia Library/ }));
  await expect(dialog).toBeHidden();
  await hands.press(page.getByRole('checkbox', { name: /Per m²/ }), 'Space');
  await expect(page.getByRole('main')).toContainText(/Library/);
  await expect(page.getByRole('main')).toContainText(/kWh\/m²/);
  await expect(page).toHaveURL(/per_m2/);
  hands.done();
  await context.close();
});

test('find a meter by its NMI', async ({ product }, info) => {
  const context = await product.window('technician', { viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto(`/t/${TENANT}/portfolio`);
  await settle(page);
  const hands = new Hands(page, info, 3);
  await hands.key('/');
  await expect(page.getByRole('combobox', { name: 'A site, an asset, a meter or a point' })).toBeFocused();
  await hands.type('ZZ10000011');
  await page.getByRole('option', { name: /Town hall main/ }).first().waitFor();
  await hands.key('ArrowDown', 'Enter');
  await expect(page.locator('h1')).toContainText('Town hall main');
  hands.done();
  await context.close();
});

test('print the board on one sheet', async ({ product }, info) => {
  const context = await product.window('executive', { viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto(`/t/${TENANT}/portfolio`);
  await settle(page);
  const hands = new Hands(page, info, 2);
  await hands.key('g', 'b');
  await expect(page.getByRole('main').getByRole('application')).toBeVisible();
  await expect(page.locator('main [aria-busy="true"]')).toHaveCount(0);
  const sheet = await page.pdf({ preferCSSPageSize: true });
  hands.steps += 1;
  expect(sheet.toString('latin1').match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByRole('button')).toHaveCount(0);
  hands.done();
  await context.close();
});
