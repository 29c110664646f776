/** The app in a language nobody speaks, laid over a running server: its pages are built with VITE_PSEUDO=1. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';

import type { BrowserContext, Page } from '@playwright/test';

import { CHECKOUT } from './server.ts';

/** Builds the pages into a folder outside the checkout. */
export function buildPseudo(): string {
  const folder = mkdtempSync(join(tmpdir(), 'aegrid-pseudo-'));
  const web = join(CHECKOUT, 'web');
  execFileSync(process.execPath, [join(web, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'], {
    cwd: web,
    env: { ...process.env, VITE_PSEUDO: '1', AEGRID_UI_OUT: folder },
    stdio: 'inherit',
  });
  return folder;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Every address but those of the API is answered from the folder. */
export async function layOver(context: BrowserContext, folder: string): Promise<void> {
  await context.route(
    ({ pathname }) => !pathname.startsWith('/api/') && !pathname.startsWith('/ws/'),
    (route) => {
      const asked = join(folder, new URL(route.request().url()).pathname);
      const file = extname(asked) !== '' && existsSync(asked) ? asked : join(folder, 'index.html');
      return route.fulfill({ body: readFileSync(file), contentType: TYPES[extname(file)] ?? 'application/octet-stream' });
    },
  );
}

/** Words that come with the data: whatever the API said. */
export function heardWords(page: Page): Set<string> {
  const heard = new Set<string>();
  page.on('response', (response) => {
    if (!new URL(response.url()).pathname.startsWith('/api/')) return;
    response.text().then(
      (text) => wordsOf(text).forEach((word) => heard.add(word)),
      () => undefined,
    );
  });
  return heard;
}

export const wordsOf = (text: string): string[] => (text.match(/[A-Za-z]{3,}/g) ?? []).map((word) => word.toLowerCase());

const names = (options: Intl.DateTimeFormatOptions, count: number, step: number): string[] =>
  Array.from({ length: count }, (_, i) =>
    new Intl.DateTimeFormat('en-AU', { ...options, timeZone: 'UTC' }).format(Date.UTC(2024, 0, 1) + i * step * 86_400_000),
  );

/** Words of no catalogue: names of days, months, zones and browsers, and units as the standards write them. */
export const STANDARD: ReadonlySet<string> = new Set(
  [
    ...names({ weekday: 'long' }, 7, 1), ...names({ weekday: 'short' }, 7, 1),
    ...names({ month: 'long' }, 12, 31), ...names({ month: 'short' }, 12, 31),
    'AEDT AEST kWh MWh GWh kVA kvar kvarh SHA yyyy esc enter ctrl shift tab home end page Chrome Linux',
  ].flatMap(wordsOf),
); // prettier-ignore

/** Texts and labels of a page that stand between no brackets, without numbers and what is known. */
export async function rawStrings(page: Page, heard: ReadonlySet<string>): Promise<string[]> {
  const texts = await page.evaluate(() => {
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (parent === null || parent.closest('script, style, noscript, code, [lang]:not(html)') !== null) continue;
      found.push(node.textContent ?? '');
    }
    for (const el of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]')) {
      for (const name of ['aria-label', 'title', 'placeholder', 'alt']) found.push(el.getAttribute(name) ?? '');
    }
    found.push(document.title);
    return found;
  });
  return texts.filter((text) => {
    let outside = text;
    // Sentences stand in sentences.
    for (let before = ''; before !== outside; ) [before, outside] = [outside, outside.replace(/⟦[^⟦⟧]*⟧/g, ' ')];
    return wordsOf(outside).some((word) => !heard.has(word) && !STANDARD.has(word));
  });
}
