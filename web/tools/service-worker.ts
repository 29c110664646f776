/** Builds `sw.js` beside the page: the worker of `src/sw.ts` with the list of files that make up the shell. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { transformWithOxc, type Plugin } from 'vite';

const SOURCE = fileURLToPath(new URL('../src/sw.ts', import.meta.url));
const NAME = 'sw.js';

/** What a page needs with no signal; the page itself goes by its address. */
export interface Shell {
  readonly build: string;
  readonly files: readonly string[];
}

/** The list of a build: addresses in order, and a hash that changes with any name or content. */
export function shellOf(contents: ReadonlyMap<string, string | Uint8Array>): Shell {
  const digest = createHash('sha256');
  const names = [...contents.keys()].filter((name) => !name.endsWith('.map')).sort();
  for (const name of names) digest.update(`${name}\0`).update(contents.get(name) ?? '');
  return {
    build: digest.digest('hex').slice(0, 16),
    files: names.map((name) => (name === 'index.html' ? '/' : `/${name}`)),
  };
}

/** The text of the worker. It is a classic script, so that every browser that has workers can run it. */
export async function workerText(shell: Shell): Promise<string> {
  const { code } = await transformWithOxc(readFileSync(SOURCE, 'utf8'), SOURCE, { sourcemap: false });
  return `const SHELL = ${JSON.stringify(shell)};\n${code.replace(/^export \{\};?$/m, '')}`;
}

export function serviceWorker(): Plugin {
  let publicDir = '';
  return {
    name: 'service-worker',
    apply: 'build',
    enforce: 'post',
    configResolved(config) {
      publicDir = config.publicDir;
    },
    generateBundle: {
      // After the page has its script and style addresses.
      order: 'post',
      async handler(_options, bundle) {
        const contents = new Map<string, string | Uint8Array>(
          Object.entries(bundle).map(([name, file]) => [name, file.type === 'chunk' ? file.code : file.source]),
        );
        for (const name of publicDir === '' ? [] : readdirSync(publicDir)) {
          contents.set(name, readFileSync(join(publicDir, name)));
        }
        this.emitFile({ type: 'asset', fileName: NAME, source: await workerText(shellOf(contents)) });
      },
    },
  };
}
