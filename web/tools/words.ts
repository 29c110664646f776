/**
 * Cuts the catalogue up at build: the first screen carries the words of the shell, and each later chunk brings
 * those that its own modules ask for. The sources know one catalogue, and the tests check it as a whole.
 *
 * A module asks for a part by a key that stands in it whole (`'energy.title'`), or by the beginning of one in a
 * call (`named('carrier', …)`, ``t(`tab.${name}`)``).
 */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { Plugin } from 'vite';

const FOLDER = fileURLToPath(new URL('../src/format/messages/', import.meta.url));
const SOURCES = fileURLToPath(new URL('../src/', import.meta.url));
const TEXT = `${SOURCES}format/text.ts`;
const PART = 'virtual:words/';
const FIRST = 'virtual:first-words';

/** The parts that every page needs: they come with the entry. */
const AT_ONCE: readonly string[] = ['app', 'shell', 'words'];

export interface Part {
  /** Of the file and of what it exports. */
  readonly file: string;
  readonly name: string;
  readonly keys: readonly string[];
}

export function readParts(folder = FOLDER): readonly Part[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const text = readFileSync(folder + file, 'utf8');
      const found = [...text.matchAll(/export const (\w+) = \{(.*?)^\} as const;/gms)].map(([, name = '', body = '']) => ({
        file,
        name,
        keys: [...body.matchAll(/^ {2}'([^']+)':/gm)].map(([, key]) => key ?? ''),
      }));
      if (found.length === 0) throw new Error(`${file} exports no part of the catalogue`);
      return found;
    });
}

/** The parts that the code of a module asks for. */
export function partsOf(code: string, parts: readonly Part[]): readonly Part[] {
  const whole = new Set([...code.matchAll(/(['"`])([\w-]+(?:\.[\w-]+)+)\1/g)].map(([, , key]) => key ?? ''));
  const beginnings = [...code.matchAll(/\b(?:t|tn|named|known)\(\s*(?:(['"`])([\w.-]+)\1\s*,|`([\w.-]+)\$\{)/g)].map(
    ([, , prefix, head]) => head ?? `${prefix ?? ''}.`,
  );
  return parts.filter(({ keys }) =>
    keys.some((key) => whole.has(key) || beginnings.some((beginning) => key.startsWith(beginning))),
  );
}

export function words(): Plugin {
  const parts = readParts();
  const later = parts.filter(({ name }) => !AT_ONCE.includes(name));
  const from = ({ file, name }: Part): string => `import { ${name} } from ${JSON.stringify(FOLDER + file)};`;
  return {
    name: 'words',
    apply: 'build',
    resolveId: {
      order: 'pre',
      handler(id, importer) {
        if (id.startsWith(PART)) return `\0${id}`;
        return id.endsWith('/messages.en-AU') && importer === TEXT ? `\0${FIRST}` : undefined;
      },
    },
    load(id) {
      if (id === `\0${FIRST}`) {
        const first = parts.filter(({ name }) => AT_ONCE.includes(name));
        return `${first.map(from).join('')} export const messages = {${first.map(({ name }) => `...${name}`).join(',')}};`;
      }
      const part = id.startsWith(`\0${PART}`) && parts.find(({ name }) => name === id.slice(PART.length + 1));
      if (!part) return undefined;
      return `${from(part)} import { learn } from ${JSON.stringify(TEXT)}; learn(${part.name});`;
    },
    transform: {
      // What is compiled is scanned, so that templates and scripts look alike.
      order: 'post',
      handler(code, id) {
        const [path = ''] = id.split('?');
        if (!path.startsWith(SOURCES) || path.startsWith(FOLDER) || path === TEXT || !/\.(ts|svelte)$/.test(path)) {
          return undefined;
        }
        const asked = partsOf(code, later);
        if (asked.length === 0) return undefined;
        // In front of everything else: a module may ask for a word while it is evaluated.
        return { code: `${asked.map(({ name }) => `import '${PART}${name}';`).join('')}${code}`, map: null };
      },
    },
  };
}
