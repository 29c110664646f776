/** People: somebody is invited, joins by the link in a window of their own, gets another role, and is removed. */
import type { Page } from '@playwright/test';

import { faultsOf } from '../harness/axe.ts';
import { settle, sites } from '../harness/places.ts';
import { Complaints, expect, type Product, test, TENANT } from '../harness/test.ts';

const PASSWORD = 'seven quiet herons at dusk';

interface Person {
  readonly name: string;
  readonly email: string;
}

const somebody = (): Person => {
  const number = String(Date.now()).slice(-7);
  return { name: `Robin ${number}`, email: `robin.${number}@example.org` };
};

/** The page of people, as an administrator has it before them. */
async function people(product: Product): Promise<Page> {
  const context = await product.window('administrator');
  const page = await context.newPage();
  await page.goto(`/t/${TENANT}/administration/people`);
  await settle(page);
  return page;
}

/** Fills in an invitation, and returns the link that is shown once. */
async function invite(page: Page, { name, email }: Person, place: (dialog: ReturnType<Page['getByRole']>) => Promise<void>): Promise<string> {
  await page.getByRole('button', { name: 'Invite somebody' }).click();
  const dialog = page.getByRole('dialog', { name: 'Invite somebody' });
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('E-mail').fill(email);
  await place(dialog);
  await dialog.getByRole('button', { name: 'Make the invitation' }).click();
  await expect(dialog).toBeHidden();
  const once = page.getByRole('region', { name: 'One-time link' });
  await expect(once).toContainText(`Pass this link on to ${name}; it works once`);
  return once.locator('code').innerText();
}

/** A window in which nobody is signed in. */
async function stranger(product: Product): Promise<Page> {
  return (await product.window(undefined)).newPage();
}

test('somebody invited joins by the link, sees what their role holds, and is out at once when removed', async ({ product }) => {
  const [first, second] = (await sites(product)).filter(({ name }) => name.startsWith('Banksia'));
  if (first === undefined || second === undefined) throw new Error('the council has several sites');
  const person = somebody();
  const boss = await people(product);
  const complaints = new Complaints(boss);
  const link = await invite(boss, person, async (dialog) => {
    await dialog.getByRole('combobox', { name: 'Role' }).selectOption('technician');
    await dialog.getByLabel('Where').selectOption({ label: 'A site or a part of one' });
    await dialog.getByRole('combobox', { name: 'Site or part' }).fill(first.name);
    await dialog.getByRole('option').filter({ hasText: first.name }).first().click();
    await expect(dialog).toContainText(`Chosen: ${first.name}`);
  });
  await boss.getByRole('button', { name: 'I have passed it on' }).click();
  await expect(boss.getByRole('region', { name: 'One-time link' })).toBeHidden();
  await expect(boss.getByRole('table', { name: 'Invitations that are open' })).toContainText(person.email);

  const theirs = await stranger(product);
  const complained = new Complaints(theirs);
  await theirs.goto(link);
  await expect(theirs.getByRole('heading', { level: 1 })).toHaveText(/^Welcome to .*Banksia/);
  expect(theirs.url(), 'the code leaves the address').not.toContain('invitation');
  await expect(theirs.getByRole('main')).toContainText(person.email);
  await expect(theirs.getByLabel('Your name')).toHaveValue(person.name);
  expect(await faultsOf(theirs), 'axe').toEqual([]);
  await theirs.getByLabel('Your name').fill(`${person.name} Reed`);
  await theirs.getByLabel('New password').fill('short');
  await theirs.getByRole('button', { name: 'Continue' }).click();
  await expect(theirs.getByRole('main')).toContainText('at least 12 characters');
  await theirs.getByLabel('New password').fill(PASSWORD);
  await theirs.getByRole('button', { name: 'Continue' }).click();
  // A technician starts with their own sites.
  await expect(theirs).toHaveURL(new RegExp(`/t/${TENANT}/my-sites$`));
  await settle(theirs);
  await theirs.goto(`/t/${TENANT}/portfolio`);
  await settle(theirs);
  await expect(theirs.getByRole('main').getByRole('link', { name: first.name })).toBeVisible();
  await expect(theirs.getByRole('main').getByRole('link', { name: second.name })).toBeHidden();
  await theirs.goto(`/t/${TENANT}/site/${second.id}`);
  await expect(theirs.getByRole('main')).toContainText(/not yours/i);

  // Another role, over a portfolio: it holds with the next page they open.
  await boss.reload();
  await settle(boss);
  const row = boss.getByRole('row').filter({ hasText: person.email });
  await expect(row).toContainText(`${person.name} Reed`);
  await expect(row).toContainText(`Technician: ${first.name}`);
  await row.getByRole('button', { name: /^Change/ }).click();
  const change = boss.getByRole('dialog', { name: /^Change/ });
  await change.getByRole('combobox', { name: 'Role' }).selectOption('facilities');
  await change.getByLabel('Where').selectOption({ label: 'A portfolio: the sites it has now and later' });
  await change.getByRole('button', { name: 'Save' }).click();
  await expect(change.getByText('Choose where this role holds').first()).toBeVisible();
  const portfolio = 'Banksia National University';
  await change.getByLabel('Which portfolio').selectOption({ label: portfolio });
  await change.getByRole('button', { name: 'Save' }).click();
  await expect(change).toBeHidden();
  await expect(row).toContainText(`Facilities manager: ${portfolio}`);
  await theirs.goto(`/t/${TENANT}/portfolio`);
  await settle(theirs);
  await expect(theirs.getByRole('main').getByRole('link', { name: 'Engineering Building' })).toBeVisible();
  await expect(theirs.getByRole('main').getByRole('link', { name: first.name })).toBeHidden();

  await row.getByRole('button', { name: /^Remove/ }).click();
  const removal = boss.getByRole('dialog', { name: /^Remove/ });
  await removal.getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(boss.getByRole('table', { name: 'People of the organisation' })).not.toContainText(person.email);
  await theirs.reload();
  await expect(theirs.getByRole('heading', { level: 1 })).toHaveText('Sign in');

  expect(complaints.console).toEqual([]);
  expect([...complaints.csp, ...complained.csp]).toEqual([]);
  await boss.context().close();
  await theirs.context().close();
});

test('the link of an invitation works once, and says so afterwards', async ({ product }) => {
  const person = somebody();
  const boss = await people(product);
  const link = await invite(boss, person, async () => undefined);
  const theirs = await stranger(product);
  await theirs.goto(link);
  await theirs.getByLabel('New password').fill(PASSWORD);
  await theirs.getByRole('button', { name: 'Continue' }).click();
  await expect(theirs).toHaveURL(new RegExp(`/t/${TENANT}/portfolio$`));

  const late = await stranger(product);
  await late.goto(link);
  await expect(late.getByRole('main')).toContainText('This link was used already, was withdrawn, or is too old.');
  expect(await faultsOf(late), 'axe').toEqual([]);
  await late.getByRole('button', { name: 'To the sign-in page' }).click();
  await late.getByLabel('E-mail').fill(person.email);
  await late.getByLabel('Password').fill(PASSWORD);
  await late.getByRole('button', { name: 'Sign in' }).click();
  await expect(late).toHaveURL(new RegExp(`/t/${TENANT}/portfolio$`));
  for (const page of [boss, theirs, late]) await page.context().close();
});

test('an invitation that was withdrawn is told by its link', async ({ product }) => {
  const person = somebody();
  const boss = await people(product);
  const link = await invite(boss, person, async () => undefined);
  await boss.getByRole('button', { name: 'I have passed it on' }).click();
  await boss.getByRole('button', { name: `Withdraw the invitation of ${person.name}` }).click();
  await boss.getByRole('dialog').getByRole('button', { name: 'Withdraw', exact: true }).click();
  await expect(boss.getByRole('dialog')).toBeHidden();
  const late = await stranger(product);
  await late.goto(link);
  await expect(late.getByRole('main')).toContainText('was withdrawn');
  for (const page of [boss, late]) await page.context().close();
});

test('a link for a new password ends the old sessions and leads in', async ({ product }) => {
  const person = somebody();
  const boss = await people(product);
  const theirs = await stranger(product);
  await theirs.goto(await invite(boss, person, async () => undefined));
  await theirs.getByLabel('New password').fill(PASSWORD);
  await theirs.getByRole('button', { name: 'Continue' }).click();
  await expect(theirs).toHaveURL(new RegExp(`/t/${TENANT}/portfolio$`));
  await boss.reload();
  await settle(boss);
  await boss.getByRole('button', { name: `New password for ${person.name}` }).click();
  await boss.getByRole('dialog').getByRole('button', { name: 'Make the link' }).click();
  const link = await boss.getByRole('region', { name: 'One-time link' }).locator('code').innerText();

  const again = await stranger(product);
  await again.goto(link);
  await expect(again.getByRole('heading', { level: 1 })).toHaveText(/^A new password for/);
  await again.getByLabel('New password').fill(`${PASSWORD} again`);
  await again.getByRole('button', { name: 'Continue' }).click();
  await expect(again).toHaveURL(new RegExp(`/t/${TENANT}/portfolio$`));
  await theirs.reload();
  await expect(theirs.getByRole('heading', { level: 1 })).toHaveText('Sign in');
  for (const page of [boss, theirs, again]) await page.context().close();
});

test('a click beside a dialog loses nothing that was typed', async ({ product }) => {
  const boss = await people(product);
  const dialog = boss.getByRole('dialog', { name: 'Invite somebody' });
  const beside = (): Promise<void> => boss.mouse.click(5, 5);
  await boss.getByRole('button', { name: 'Invite somebody' }).click();
  await beside();
  await expect(dialog, 'nothing was typed yet').toBeHidden();
  await boss.getByRole('button', { name: 'Invite somebody' }).click();
  await dialog.getByLabel('Name').fill('Robin');
  await beside();
  await expect(dialog.getByRole('status').first()).toContainText('Not closed');
  expect(await faultsOf(boss), 'axe').toEqual([]);
  await expect(dialog.getByLabel('Name')).toHaveValue('Robin');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(dialog).toBeHidden();
  await boss.context().close();
});
