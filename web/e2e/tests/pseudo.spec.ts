/** In a language nobody speaks each screen is whole: nothing escaped the catalogue, and nothing sticks out. */
import { heardWords, layOver, rawStrings } from '../harness/pseudo.ts';
import { addressOf, ROUTES, settle } from '../harness/places.ts';
import { expect, test } from '../harness/test.ts';

for (const route of ROUTES) {
  test(`${route.name}, in a language nobody speaks`, async ({ product }, info) => {
    const context = await product.window('administrator', { serviceWorkers: 'block', viewport: { width: 390, height: 844 } });
    await layOver(context, process.env['AEGRID_TEST_PSEUDO'] ?? '');
    const page = await context.newPage();
    const heard = heardWords(page);
    await page.goto(await addressOf(route, product));
    await settle(page);
    await expect(page.locator('h1')).toBeVisible();
    const raw = await rawStrings(page, heard);
    expect.soft(raw, 'not from the catalogue').toEqual([]);
    await page.setViewportSize({ width: 320, height: 640 });
    const over = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await expect.soft.poll(over, 'pixels to the side at 320').toBeLessThanOrEqual(0);
    info.annotations.push({ type: 'count:screens in a language nobody speaks', description: '1' });
    info.annotations.push({ type: 'count:raw strings', description: String(raw.length) });
    await context.close();
  });
}
