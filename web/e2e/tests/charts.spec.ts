/** The hand on charts: one cursor over all of a page, a dragged stretch, and a finger that scrolls or drags. */
import type { Locator, Page } from '@playwright/test';

import { settle, sites } from '../harness/places.ts';
import type { Product } from '../harness/product.ts';
import { expect, test, TENANT } from '../harness/test.ts';

const energyOf = async (product: Product): Promise<string> => {
  const hall = (await sites(product)).find(({ name }) => name.includes('Town Hall'));
  return `/t/${TENANT}/site/${hall?.id}/energy?period=month&compare=none`;
};
const bars = (page: Page): Locator => page.getByRole('application', { name: /by day/ });
const power = (page: Page): Locator => page.getByRole('application', { name: /^Power/ });
/** What a chart says of the place of its cursor. */
const saidOf = (page: Page, name: RegExp): Locator => page.getByRole('region', { name }).locator('[aria-live]');

/** A place inside of what is drawn, as shares of its room. */
async function within(chart: Locator, across: number): Promise<{ x: number; y: number }> {
  const box = await chart.boundingBox();
  if (box === null) throw new Error('the chart is not there');
  return { x: box.x + 70 + (box.width - 100) * across, y: box.y + 90 };
}

test('the arrow keys of one chart move the cursor of the others, whoever draws them', async ({ product }) => {
  const context = await product.window('energy_manager', { viewport: { width: 1280, height: 1400 } });
  const page = await context.newPage();
  await page.goto(await energyOf(product));
  await settle(page);
  // It comes with its code, and hears what is told from then on.
  await expect(power(page)).toBeVisible();
  await bars(page).focus();
  await page.keyboard.press('Home');
  await expect(saidOf(page, /by day/)).toHaveText(/1 \w+ \d{4}: .*Wh/);
  await power(page).focus();
  await expect(saidOf(page, /^Power/)).toHaveText(/12:00: .*kW/);
  await page.keyboard.press('Escape');
  await expect(saidOf(page, /by day/)).toHaveText('');
  await page.keyboard.press('ArrowRight');
  await expect(saidOf(page, /by day/)).toHaveText(/1 \w+ \d{4}: .*Wh/);
  await context.close();
});

test('a dragged stretch of bars is shown alone, in whole days, and a click opens a day', async ({ product }) => {
  const context = await product.window('energy_manager', { viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto(await energyOf(product));
  await settle(page);
  await page.getByRole('button', { name: 'Earlier' }).click();
  await settle(page);
  await expect(bars(page)).toBeVisible();
  const [from, to] = [await within(bars(page), 0.2), await within(bars(page), 0.5)];
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 5 });
  await page.mouse.up();
  await expect(page).toHaveURL(/period=custom&from=\d{4}-\d\d-\d\d&to=\d{4}-\d\d-\d\d$/);
  await page.keyboard.press('Escape');
  await expect(page).not.toHaveURL(/custom/);
  await bars(page).click({ position: { x: 300, y: 100 } });
  await expect(page).toHaveURL(/period=day&on=/);
  await context.close();
});

test('a finger scrolls the page up and down over a chart, and drags a stretch sideways', async ({ product }) => {
  const context = await product.window('energy_manager', {
    viewport: { width: 390, height: 844 },
    isMobile: true,
    hasTouch: true,
    deviceScaleFactor: 2,
  });
  const page = await context.newPage();
  await page.goto(await energyOf(product));
  await settle(page);
  await page.getByRole('heading', { name: /by day/ }).evaluate((heading) => heading.scrollIntoView());
  const finger = await context.newCDPSession(page);
  const drag = async (x: number, y: number, byX: number, byY: number): Promise<void> => {
    await finger.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x, y }] });
    for (let step = 1; step <= 10; step += 1) {
      const at = { x: x + (byX * step) / 10, y: y + (byY * step) / 10 };
      await finger.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [at] });
    }
    await finger.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  };
  const before = page.url();
  const scrolled = (): Promise<number> => page.evaluate(() => window.scrollY);
  const top = await scrolled();
  const first = await within(bars(page), 0.3);
  await drag(first.x, first.y, 0, -80);
  await expect.poll(scrolled).toBeGreaterThan(top + 40);
  expect(page.url(), 'scrolling opens nothing').toBe(before);
  const second = await within(bars(page), 0.3);
  await drag(second.x, second.y, 100, 5);
  await expect(page).toHaveURL(/period=custom/);
  await context.close();
});
