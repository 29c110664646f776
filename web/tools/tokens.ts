/** Makes `virtual:tokens.css` from `tokens.json`: the one source of colours, spaces and type sizes. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { Plugin } from 'vite';

const SOURCE = fileURLToPath(new URL('../tokens.json', import.meta.url));
const NAME = 'virtual:tokens.css';

interface Tokens {
  colour: Record<'light' | 'dark', Record<string, string>>;
  space: Record<string, string>;
  density: Record<'comfortable' | 'compact', Record<string, string>>;
  radius: Record<string, string>;
  type: Record<string, [size: string, lineHeight: string]>;
}

const declarations = (prefix: string, values: Record<string, string>): string =>
  Object.entries(values)
    .map(([name, value]) => `--${prefix}${name}:${value};`)
    .join('');

/** The style sheet of the tokens: light, dark by preference, and either by the switch; the same for density. */
export function render(tokens: Tokens): string {
  const type = Object.entries(tokens.type)
    .map(([name, [size, line]]) => `--type-${name}:${size}/${line};`)
    .join('');
  const light = `color-scheme:light;${declarations('', tokens.colour.light)}`;
  const dark = `color-scheme:dark;${declarations('', tokens.colour.dark)}`;
  return [
    `:root{${declarations('', tokens.density.comfortable)}}`,
    `:root[data-density=compact]{${declarations('', tokens.density.compact)}}`,
    `:root{${declarations('space-', tokens.space)}${declarations('radius-', tokens.radius)}${type}${light}}`,
    // On screens only: paper is white, whatever the theme.
    `@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){${dark}}}`,
    `@media screen{:root[data-theme=dark]{${dark}}}`,
  ].join('\n');
}

export function tokensCss(): Plugin {
  return {
    name: 'tokens-css',
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load(id) {
      if (id !== `\0${NAME}`) return undefined;
      this.addWatchFile(SOURCE);
      return render(JSON.parse(readFileSync(SOURCE, 'utf8')) as Tokens);
    },
  };
}
