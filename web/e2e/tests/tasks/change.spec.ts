/** Tasks that change something: files in and out again, a gap repaired, a meter replaced. Each on meters of its own. */
import { Hands } from '../../harness/hands.ts';
import { settle } from '../../harness/places.ts';
import type { Product } from '../../harness/product.ts';
import { expect, test, TENANT } from '../../harness/test.ts';

const WINDOW = { viewport: { width: 1280, height: 900 } };
const DAY = 86_400_000;

/** NEM12 of three meters, two days of half hours each. */
function nem12(nmis: readonly string[]): string {
  const day = (nmi: string, on: string): string =>
    `200,${nmi},E1,E1,E1,N1,SER${nmi.slice(-5)},KWH,30,\n` +
    `300,${on},${Array.from({ length: 48 }, (_, i) => (1 + (i % 7)).toFixed(3)).join(',')},A,,,20261101000000,\n`;
  return `100,NEM12,202611010000,MDP1,RET1\n${nmis.flatMap((nmi) => [day(nmi, '20261001'), day(nmi, '20261002')]).join('')}900\n`;
}

/** A site of its own with one meter, and 20 days of half hours up to yesterday; `gap` of them unknown. */
async function newMeter(product: Product, key: string, gap: readonly [number, number] = [0, 0]): Promise<{ site: string; meter: string }> {
  const api = await product.api('administrator');
  const post = async (path: string, data: unknown): Promise<Record<string, unknown>> => {
    const answer = await api.post(path, { data });
    const body = (await answer.json()) as Record<string, unknown>;
    if (!answer.ok() || body['status'] === 'refused') throw new Error(`POST ${path}: ${JSON.stringify(body)}`);
    return body;
  };
  await post('/api/energy/register', {
    sites: [{ external_id: key, name: `Hall ${key}`, timezone: 'Australia/Melbourne' }],
    assets: [{ external_id: key, site: key, kind: 'site', name: `Hall ${key}` }],
    meters: [{ external_id: `${key}-E`, site: key, carrier: 'electricity', name: `Meter ${key}`, serial: `OLD-${key}`, rhythm: 'daily_file' }],
    assignments: [{ meter: `${key}-E`, asset: key, role: 'boundary' }],
  });
  const midnight = Math.floor(Date.now() / DAY) * DAY - 11 * 3_600_000;
  const values = Array.from({ length: 48 * 20 }, (_, i) => (i >= gap[0] && i < gap[1] ? null : 10 + (i % 48) / 10));
  await post('/api/energy/consumption', {
    meter: `${key}-E`, start: new Date(midnight - 21 * DAY).toISOString(), step_s: 1800, unit: 'kWh', values,
  });
  await api.dispose();
  const { results } = await product.ask<{ results: { kind: string; id: string; name: string }[] }>(`/api/energy/search?q=${key}`);
  const of = (name: string): string => results.find((row) => row.name === name)?.id ?? '';
  return { site: of(`Hall ${key}`), meter: of(`Meter ${key}`) };
}

test('import a file with three meters, and take it back', async ({ product }, info) => {
  const context = await product.window('energy_manager', WINDOW);
  const page = await context.newPage();
  await page.goto(`/t/${TENANT}/add`);
  await settle(page);
  const main = page.getByRole('main');
  const number = String(Date.now()).slice(-7);
  const nmis = [1, 2, 3].map((i) => `Z${i}${number}0`);
  const hands = new Hands(page, info, 8);
  const chooser = page.waitForEvent('filechooser');
  await hands.press(main.getByRole('button', { name: 'Choose files' }));
  await (await chooser).setFiles({ name: `three-${number}.csv`, mimeType: 'text/csv', buffer: Buffer.from(nem12(nmis)) });
  await hands.press(main.getByRole('button', { name: /^Look into/ }));
  await expect(main.getByText('3 meters with 3 registers in 1 file.')).toBeVisible();
  await hands.press(main.getByRole('button', { name: 'Check', exact: true }));
  await expect(main.getByRole('heading', { name: /3 registers with 288 readings would be loaded/ })).toBeVisible();
  await hands.press(main.getByRole('button', { name: 'Load 3 registers' }));
  await expect(main.getByRole('heading', { name: '288 readings were added, 0 changed, 0 were there already, 0 refused.' })).toBeVisible({ timeout: 30_000 });

  await hands.press(main.getByRole('link', { name: `three-${number}.csv` }));
  await hands.press(main.getByRole('button', { name: /^Take it back/ }));
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('288');
  await hands.write(dialog.getByLabel(/^Why/), 'the wrong month');
  await hands.press(dialog.getByRole('button', { name: 'Take it back', exact: true }));
  await expect(main.getByText(/took it back on/)).toBeVisible({ timeout: 30_000 });
  hands.done();
  await context.close();
});

test('see a gap, repair it, and take that back', async ({ product }, info) => {
  const { site } = await newMeter(product, `GAP${String(Date.now()).slice(-6)}`, [48 * 15 + 20, 48 * 15 + 32]);
  const context = await product.window('energy_manager', WINDOW);
  const page = await context.newPage();
  await page.goto(`/t/${TENANT}/site/${site}`);
  await settle(page);
  const main = page.getByRole('main');
  const hands = new Hands(page, info, 5);
  await hands.press(main.getByRole('link', { name: 'Data', exact: true }));
  await expect(main).toContainText(/\d gaps?, /);
  const gap = main.getByRole('row').filter({ has: page.getByRole('cell', { name: '6 h', exact: true }) });
  await hands.press(gap.getByRole('button', { name: /^Repair the gap/ }));
  const dialog = page.getByRole('dialog', { name: 'Repair a gap' });
  await expect(dialog).toContainText(/Estimates for 12 of 12 missing readings/);
  await hands.write(dialog.getByLabel('Why'), 'the logger was off');
  await hands.press(dialog.getByRole('button', { name: 'Store the estimates' }));
  await expect(main).toContainText(/12 readings of .* are estimated now/);
  await hands.press(main.getByRole('button', { name: 'Undo', exact: true }));
  await expect(main).toContainText('the gap is there again');
  hands.done();
  await context.close();
});

test('replace a meter', async ({ product }, info) => {
  const key = `EX${String(Date.now()).slice(-6)}`;
  const { meter } = await newMeter(product, key);
  const context = await product.window('energy_manager', WINDOW);
  const page = await context.newPage();
  await page.goto(`/t/${TENANT}/meter/${meter}`);
  await settle(page);
  const main = page.getByRole('main');
  const hands = new Hands(page, info, 9);
  await hands.press(main.getByRole('link', { name: 'Set-up', exact: true }));
  await hands.press(main.getByRole('button', { name: 'Exchange the meter' }));
  const dialog = page.getByRole('dialog', { name: /^Exchange/ });
  await hands.write(dialog.getByRole('textbox', { name: /Last read/ }), '48210.5');
  await hands.write(dialog.getByRole('textbox', { name: /Serial number/ }), `NEW-${key}`);
  await hands.write(dialog.getByRole('textbox', { name: /First read/ }), '0');
  await hands.write(dialog.getByRole('textbox', { name: 'Why' }), 'the old one failed its test');
  await hands.press(dialog.getByRole('button', { name: 'Look at what this does' }));
  await expect(dialog).toContainText(`OLD-${key} ends on`);
  await hands.press(dialog.getByRole('button', { name: 'Exchange the meter' }));
  await expect(dialog).toBeHidden();
  await expect(main).toContainText('The meter is exchanged.');
  await expect(main).toContainText(`NEW-${key}`);
  hands.done();
  await context.close();
});
