import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { Rolldown } from 'vite';
import { expect, test } from 'vitest';

import { routes } from '../src/app/routes';
import { preloadsOf, screensOf } from './preloads';

const ROUTES = fileURLToPath(new URL('../src/app/routes.ts', import.meta.url));
const chunk = (fileName: string, imports: string[], facadeModuleId: string | null, css: string[] = []): Rolldown.OutputChunk =>
  ({ fileName, imports, facadeModuleId, isEntry: fileName === 'entry.js', viteMetadata: { importedCss: new Set(css) } }) as unknown as Rolldown.OutputChunk;
const mapped = (...chunks: Rolldown.OutputChunk[]): ReadonlyMap<string, Rolldown.OutputChunk> =>
  new Map(chunks.map((one) => [one.fileName, one]));

test('every screen of the routes table is found with its module', () => {
  const screens = screensOf(readFileSync(ROUTES, 'utf8'));
  expect([...screens.keys()]).toEqual(routes.map(({ path }) => path));
  expect(screens.get('/t/:tenant/site/:site')).toBe('../features/now/Now.svelte');
});

test('a screen asks for what it adds to the entry, each part once', () => {
  const module = fileURLToPath(new URL('../src/features/now/Now.svelte', import.meta.url));
  const found = preloadsOf(
    new Map([['/t/:tenant/site/:site', '../features/now/Now.svelte']]),
    mapped(
      chunk('entry.js', ['shared.js'], null, ['entry.css']),
      chunk('shared.js', [], null),
      chunk('now.js', ['shared.js', 'chart.js', 'table.js'], module, ['now.css', 'entry.css']),
      chunk('chart.js', ['table.js'], null, ['now.css']),
      chunk('table.js', ['chart.js'], null),
    ),
  );
  expect(found).toEqual({ '/t/:tenant/site/:site': ['now.js', 'table.js', 'chart.js', 'now.css'] });
});

test('a screen that the build does not have stops it', () => {
  expect(() => preloadsOf(new Map([['/t/:tenant/x', '../features/x/X.svelte']]), mapped(chunk('entry.js', [], null)))).toThrow(
    'no chunk',
  );
});
