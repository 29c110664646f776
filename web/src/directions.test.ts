import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import tokens from '../tokens.json';

const root = fileURLToPath(new URL('.', import.meta.url));

/** What each folder may import from, besides itself and packages. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  format: [],
  api: [],
  ui: ['format'],
  // A chart stands on a card with buttons and a table.
  charts: ['format', 'ui'],
  live: ['api', 'charts', 'format', 'ui'],
  // Beside live: what stays on the phone.
  offline: ['api', 'format'],
  features: ['api', 'charts', 'format', 'live', 'offline', 'ui'],
  app: ['api', 'charts', 'features', 'format', 'live', 'offline', 'ui'],
};

const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.(ts|svelte)$/.test(name),
);
const importsOf = (name: string): string[] =>
  [...readFileSync(join(root, name), 'utf8').matchAll(/(?:from|import\(|import) ?'(\.[^']+)'/g)]
    .map(([, path]) => normalize(join(dirname(name), path ?? '')))
    .filter((path) => !path.startsWith('..'));

test('the sources and their imports are found at all', () => {
  expect(importsOf('app/App.svelte')).toContain('features/session/SignIn.svelte');
  expect(sources).toContain('charts/plot.ts');
});

test('imports only go down: api, format <- ui <- charts <- live, offline <- features <- app', () => {
  const wrong = sources.flatMap((name) => {
    const [room = ''] = name.split('/');
    return importsOf(name)
      .filter((path) => path.split('/')[0] !== room && MAY[room]?.includes(path.split('/')[0] ?? '') === false)
      .map((path) => `${name} -> ${path}`);
  });
  expect(wrong).toEqual([]);
});

test('features never import each other', () => {
  const wrong = sources
    .filter((name) => name.startsWith('features/'))
    .flatMap((name) =>
      importsOf(name)
        .filter((path) => path.split('/').length > 2 && path.startsWith('features/'))
        .filter((path) => path.split('/')[1] !== name.split('/')[1])
        .map((path) => `${name} -> ${path}`),
    );
  expect(wrong).toEqual([]);
});

test('no template writes a style attribute or puts HTML in unchecked: the content policy refuses the first', () => {
  const wrong = sources
    .filter((name) => name.endsWith('.svelte'))
    .filter((name) => /\sstyle=|\{@html|<script(?! lang="ts"[ >])/.test(readFileSync(join(root, name), 'utf8')));
  expect(wrong).toEqual([]);
});

const channel = (hex: string, at: number): number => {
  const value = parseInt(hex.slice(at, at + 2), 16) / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
};
const luminance = (hex: string): number =>
  0.2126 * channel(hex, 1) + 0.7152 * channel(hex, 3) + 0.0722 * channel(hex, 5);
const contrast = (a: string, b: string): number => {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
};

test.each(['light', 'dark'] as const)('%s: text reads at 4.5 to 1 on page and card, marks at 3 on the card', (mode) => {
  const colour: Readonly<Record<string, string>> = tokens.colour[mode];
  const { card = '', bg = '' } = colour;
  for (const name of ['text', 'muted', 'accent', 'good', 'warn', 'bad']) {
    expect.soft(contrast(colour[name] ?? '', card), name).toBeGreaterThanOrEqual(4.5);
    expect.soft(contrast(colour[name] ?? '', bg), name).toBeGreaterThanOrEqual(4.5);
  }
  expect.soft(contrast(colour['on-accent'] ?? '', colour['accent'] ?? '')).toBeGreaterThanOrEqual(4.5);
  for (const name of ['control', 'context', 'series-1', 'series-2', 'series-3', 'series-4', 'series-5', 'series-6']) {
    expect.soft(contrast(colour[name] ?? '', card), name).toBeGreaterThanOrEqual(3);
  }
});
