/** What a cold browser loads for its first screen, what later screens add, and when the first chart stands. */
import { fileURLToPath } from 'node:url';

import { type BrowserContext, type Page, type Request } from '@playwright/test';

import { addressOf, ROUTES, settle, sites } from '../harness/places.ts';
import { TENANT } from '../harness/product.ts';
import type { Figure } from './figure.ts';
import { devtools, median, type Stage } from './stage.ts';

const KB = 1000;

interface Loaded {
  readonly url: string;
  readonly type: string;
  readonly bytes: number;
}

/** What a page loads over the wire, heads of the answers included; nothing that a cache gave. */
async function wire(page: Page): Promise<{ loaded: Loaded[] }> {
  const session = await devtools(page);
  await session.send('Network.enable');
  const loaded: Loaded[] = [];
  const known = new Map<string, { url: string; type: string }>();
  session.on('Network.responseReceived', ({ requestId, response, type }) => {
    if (!response.fromDiskCache && !response.fromServiceWorker) known.set(requestId, { url: response.url, type });
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const found = known.get(requestId);
    if (found) loaded.push({ ...found, bytes: encodedDataLength });
  });
  return { loaded };
}

const isCode = ({ type }: Loaded): boolean => type === 'Script' || type === 'Stylesheet';
const code = (loaded: readonly Loaded[]): number => loaded.filter(isCode).reduce((sum, { bytes }) => sum + bytes, 0);

/** Until no code has come for a second: parts of a screen may be asked for when it already stands. */
async function rest(page: Page, loaded: readonly Loaded[]): Promise<void> {
  for (let known = -1; known !== loaded.filter(isCode).length; ) {
    known = loaded.filter(isCode).length;
    await page.waitForTimeout(1_000);
  }
}

const INK = { path: fileURLToPath(new URL('ink.js', import.meta.url)) };

/** From the start of the navigation to the first chart. [ms] */
async function firstChart(context: BrowserContext, address: string, slow: boolean): Promise<number> {
  const page = await context.newPage();
  const session = await devtools(page);
  if (slow) {
    await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 150,
      downloadThroughput: 1_600_000 / 8,
      uploadThroughput: 750_000 / 8,
    });
  }
  await page.goto(address);
  await page.waitForFunction(() => performance.getEntriesByName('chart-drawn').length > 0, undefined, { timeout: 30_000 });
  const at = await page.evaluate(() => performance.getEntriesByName('chart-drawn')[0]?.startTime ?? Number.NaN);
  await page.close();
  return at;
}

async function medianChart(stage: Stage, address: string, phone: boolean): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 7; round += 1) {
    const context = await stage.product.window('energy_manager', {
      serviceWorkers: 'block',
      ...(phone
        ? { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }
        : { viewport: { width: 1280, height: 900 } }),
    });
    await context.addInitScript(INK);
    times.push(await firstChart(context, address, phone));
    await context.close();
  }
  return median(times);
}

export async function first(stage: Stage): Promise<Figure[]> {
  const { product } = stage;
  const [site] = await sites(product);
  const address = `/t/${TENANT}/site/${site?.id}`;
  // No worker: it loads the shell for offline use once the page stands, which is no part of what the screen needs.
  const context = await product.window('administrator', { serviceWorkers: 'block' });
  await context.addInitScript(INK);
  const page = await context.newPage();
  const { loaded } = await wire(page);
  await page.goto(address);
  await page.waitForFunction(() => performance.getEntriesByName('chart-drawn').length > 0, undefined, { timeout: 30_000 });
  await settle(page);
  await rest(page, loaded);
  const figures: Figure[] = [
    { what: 'first screen, JS and CSS over the wire, cold, signed in, Site > Now with its chart', value: code(loaded) / KB, unit: 'kB', atMost: 90 },
    {
      what: 'font',
      value: loaded.filter(({ type }) => type === 'Font').reduce((sum, { bytes }) => sum + bytes, 0) / KB,
      unit: 'kB',
      atMost: 50,
    },
  ];
  await context.close();

  let [largest, name] = [0, ''];
  for (const route of ROUTES) {
    // Each from the first screen: what the screens between have loaded would hide what this one needs.
    const window = await product.window('administrator', { serviceWorkers: 'block' });
    const tab = await window.newPage();
    await tab.goto(address);
    await settle(tab);
    const later = await wire(tab);
    const target = await addressOf(route, product);
    await tab.evaluate((href) => {
      const link = document.createElement('a');
      link.href = href;
      document.body.append(link);
      link.click();
    }, target);
    await tab.waitForURL(`**${target}`);
    await settle(tab);
    await rest(tab, later.loaded);
    const bytes = code(later.loaded) / KB;
    console.log(`  ${route.name}: ${bytes.toFixed(1)} kB`);
    if (bytes > largest) [largest, name] = [bytes, route.name];
    await window.close();
  }
  figures.push({ what: `largest later navigation from there, of ${ROUTES.length} screens`, how: name, value: largest, unit: 'kB', atMost: 40 });
  return figures;
}

export async function charts(stage: Stage): Promise<Figure[]> {
  const [site] = await sites(stage.product);
  const address = `/t/${TENANT}/site/${site?.id}`;
  return [
    { what: 'first chart, warm server, desktop', value: await medianChart(stage, address, false), unit: 'ms', atMost: 700, how: 'median of 7' },
    {
      what: 'first chart, warm server, phone',
      value: await medianChart(stage, address, true),
      unit: 'ms',
      atMost: 2200,
      how: 'processor 4x slower, 1.6 Mb/s, 150 ms; median of 7',
    },
  ];
}

/** Requests to the API of each screen's first view. */
export async function requests({ product }: Stage): Promise<Figure[]> {
  const counts: [string, number][] = [];
  for (const route of ROUTES) {
    const context = await product.window('administrator', { serviceWorkers: 'block' });
    const page = await context.newPage();
    let asked = 0;
    page.on('request', (request: Request) => {
      if (new URL(request.url()).pathname.startsWith('/api/')) asked += 1;
    });
    await page.goto(await addressOf(route, product));
    await settle(page);
    counts.push([route.name, asked]);
    await context.close();
  }
  const most = Math.max(...counts.map(([, count]) => count));
  console.log(counts.map(([name, count]) => `  ${name}: ${count}`).join('\n'));
  return [
    {
      what: `requests of a first view, most of ${ROUTES.length} screens`,
      how: counts.filter(([, count]) => count === most).map(([name]) => name).join(', '),
      value: most,
      unit: 'requests',
      atMost: 4,
    },
  ];
}
