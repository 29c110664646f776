/** Every screen of the route table, in both themes, on a desk and in a hand. */
import { faultsOf } from '../harness/axe.ts';
import { addressOf, ROUTES, settle } from '../harness/places.ts';
import { Complaints, expect, test } from '../harness/test.ts';

const DEVICES = {
  desktop: { viewport: { width: 1280, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
} as const;

/** Requests to the API that a first view may make. */
const REQUESTS_AT_MOST = 4;

test.describe.configure({ mode: 'parallel' });

for (const route of ROUTES) {
  for (const theme of ['light', 'dark'] as const) {
    for (const [device, options] of Object.entries(DEVICES)) {
      test(`${route.name}, ${theme}, ${device}`, async ({ product }, info) => {
        const count = (name: string, value: number): void => {
          info.annotations.push({ type: `count:${name}`, description: String(value) });
        };
        const context = await product.window('administrator', { ...options, colorScheme: theme });
        const page = await context.newPage();
        const complaints = new Complaints(page);
        const asked: string[] = [];
        page.on('request', (request) => {
          const { pathname } = new URL(request.url());
          if (pathname.startsWith('/api/')) asked.push(`${request.method()} ${pathname}`);
        });

        await page.goto(await addressOf(route, product));
        await settle(page);
        expect.soft(asked.length, asked.join('\n')).toBeLessThanOrEqual(REQUESTS_AT_MOST);
        await expect.soft(page.locator('h1')).toHaveCount(1);
        await expect.soft(page.locator('h1')).toBeVisible();

        const faults = await faultsOf(page);
        expect.soft(faults, 'axe').toEqual([]);

        if (device === 'phone') {
          await page.setViewportSize({ width: 320, height: 640 });
          // Charts take a frame to follow the window.
          await expect.soft.poll(() => overhang(page), 'pixels to the side at 320').toBeLessThanOrEqual(0);
        }
        await page.emulateMedia({ media: 'print', colorScheme: theme });
        await page.setViewportSize({ width: 794, height: 1123 });
        // Charts are drawn anew for the paper a frame or two after it has changed.
        const softly = expect.configure({ soft: true });
        await softly.poll(() => printed(page), 'print').toEqual({ heading: true, controls: [], paper: 'white', over: false });

        expect.soft(complaints.csp, 'CSP').toEqual([]);
        expect.soft(complaints.console, 'console').toEqual([]);
        count('screens walked', 1);
        count('axe violations', faults.length);
        count('console errors', complaints.console.length);
        count('CSP violations', complaints.csp.length);
        await context.close();
      });
    }
  }
}

type Page = import('@playwright/test').Page;

const overhang = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** How a page looks on paper of A4's width. */
const printed = (page: Page) =>
  page.evaluate(() => {
    const isShown = (element: Element): boolean =>
      element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && element.getClientRects().length > 0;
    const background = getComputedStyle(document.body).backgroundColor;
    const channels = (background.match(/[\d.]+/g) ?? []).map(Number);
    const isWhite = channels[3] === 0 || channels.slice(0, 3).every((channel) => channel >= 240);
    return {
      heading: [...document.querySelectorAll('h1')].some(isShown),
      controls: [...document.querySelectorAll('button, select, nav')].filter(isShown).map((one) => one.outerHTML.slice(0, 120)),
      paper: isWhite ? 'white' : background,
      over: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    };
  });
