/**
 * Says which parts the screen of an address needs, so that the server can name them in the page: a browser then asks
 * for them with the entry, and not only once the entry has run. Written beside the page as a hidden file, which is
 * not served.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Plugin, Rolldown } from 'vite';

const ROUTES = fileURLToPath(new URL('../src/app/routes.ts', import.meta.url));
export const NAME = '.preloads.json';

/** The module that each path of the routes table loads, as it is written there. */
export function screensOf(text: string): ReadonlyMap<string, string> {
  const named = new Map(
    [...text.matchAll(/const (\w+) = \(\) => import\('([^']+)'\);/g)].map(([, name = '', module = '']) => [name, module]),
  );
  const screens = new Map<string, string>();
  for (const [, path = '', name = '', module] of text.matchAll(
    /path: '([^']+)',\s*load: (?:(\w+)|\(\) => import\('([^']+)'\))/g,
  )) {
    const found = module ?? named.get(name);
    if (found === undefined) throw new Error(`${ROUTES}: ${path} loads ${name}, which is not in the file`);
    screens.set(path, found);
  }
  return screens;
}

type Chunks = ReadonlyMap<string, Rolldown.OutputChunk>;

function closure(start: string, chunks: Chunks): Set<string> {
  const seen = new Set<string>();
  const waiting = [start];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    waiting.push(...(chunks.get(name)?.imports ?? []));
  }
  return seen;
}

/** By path the scripts and styles that a screen adds to those of the entry. */
export function preloadsOf(screens: ReadonlyMap<string, string>, chunks: Chunks): Record<string, string[]> {
  const all = [...chunks.values()];
  const entry = all.find(({ isEntry }) => isEntry);
  if (entry === undefined) throw new Error('the build has no entry');
  const stylesOf = (names: Iterable<string>): string[] =>
    [...names].flatMap((name) => [...(chunks.get(name)?.viteMetadata?.importedCss ?? [])]);
  const atOnce = closure(entry.fileName, chunks);
  const known = new Set([...atOnce, ...stylesOf(atOnce)]);
  return Object.fromEntries(
    [...screens].map(([path, module]) => {
      const id = resolve(dirname(ROUTES), module);
      const chunk = all.find(({ facadeModuleId }) => facadeModuleId === id);
      if (chunk === undefined) throw new Error(`${path}: the build has no chunk of ${module}`);
      const scripts = closure(chunk.fileName, chunks);
      return [path, [...new Set([...scripts, ...stylesOf(scripts)])].filter((file) => !known.has(file))];
    }),
  );
}

export function preloads(): Plugin {
  return {
    name: 'preloads',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const chunks = new Map(Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? [[file.fileName, file]] : [])));
        const source = JSON.stringify(preloadsOf(screensOf(readFileSync(ROUTES, 'utf8')), chunks));
        this.emitFile({ type: 'asset', fileName: NAME, source });
      },
    },
  };
}
