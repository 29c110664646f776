/** Where figures are measured: the product on a fresh demo, a browser, and pages of our own on loopback. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';

import { type Browser, chromium as playwright, type CDPSession, type Page } from '@playwright/test';

import { chromium } from '../harness/browser.ts';
import { CHECKOUT, DemoServer, removeTemplate } from '../harness/server.ts';
import { Product } from '../harness/product.ts';

export interface Stage {
  readonly browser: Browser;
  readonly server: DemoServer;
  readonly product: Product;
  /** The pages of `figures/pages`, built. */
  readonly pages: string;
  /** The port at which the browser takes commands. */
  readonly port: number;
}

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

function serve(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    try {
      const path = new URL(request.url ?? '/', 'http://pages').pathname;
      const body = readFileSync(join(folder, path.replaceAll('..', '')));
      response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)));
}

export function portOf(server: Server | ReturnType<typeof createServer>): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Builds the pages, sets up the demo, opens the browser; all of it gone afterwards. */
export async function onStage<T>(work: (stage: Stage) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'aegrid-pages-'));
  const web = join(CHECKOUT, 'web');
  execFileSync(
    process.execPath,
    [join(web, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn', '--outDir', folder],
    { cwd: join(web, 'e2e/figures/pages'), stdio: 'inherit' },
  );
  const given = process.env['AEGRID_TEST_TEMPLATE'];
  const template = given ?? (await DemoServer.makeTemplate());
  const server = await DemoServer.from(template);
  const files = await serve(folder);
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => probe.once('listening', done));
  const port = portOf(probe);
  await new Promise((done) => probe.close(done));
  const browser = await playwright.launch({
    executablePath: chromium(),
    args: [
      `--remote-debugging-port=${port}`,
      '--js-flags=--expose-gc',
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
      // Frames as on a screen that is looked at.
      '--disable-renderer-backgrounding',
      '--disable-background-timer-throttling',
    ],
  });
  try {
    const product = new Product(server.origin, browser);
    return await work({ browser, server, product, pages: `http://127.0.0.1:${portOf(files)}`, port });
  } finally {
    await browser.close();
    files.close();
    await server.remove();
    if (given === undefined) removeTemplate(template);
    rmSync(folder, { recursive: true, force: true });
  }
}

export const devtools = (page: Page): Promise<CDPSession> => page.context().newCDPSession(page);

/** The value below which the share lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
};

/** Sums of the main thread so far; on the clock, or in processor time where `domain` is `threadTicks`. [ms] */
export async function mainThread(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
}

/** Live bytes of the heap after collection. */
export async function heap(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0;
}
