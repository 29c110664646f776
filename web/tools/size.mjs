/**
 * Prints the gzip size of what every page loads, and of what each screen loads on top of it.
 * Run after `npm run build`; or `node tools/size.mjs FOLDER` for what was built elsewhere.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

const [, , given] = process.argv;
const folder = given
  ? pathToFileURL(`${resolve(given)}/`)
  : new URL('../../src/aegrid_energy/static/', import.meta.url);
const read = (name) => readFileSync(new URL(name, folder));
const size = (name) => gzipSync(read(name), { level: 9 }).length;
const html = read('index.html').toString();
const files = readdirSync(new URL('assets/', folder)).filter((name) => /\.(js|css)$/.test(name));
const sizes = new Map(files.map((name) => [name, size(`assets/${name}`)]));
const total = (names) => [...names].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);

/** What a chunk needs before it runs, itself included. */
function needed(name, found = new Set()) {
  if (found.has(name) || !existsSync(new URL(`assets/${name}`, folder))) return found;
  found.add(name);
  if (!name.endsWith('.js')) return found;
  const text = read(`assets/${name}`).toString();
  for (const [, next] of text.matchAll(/(?:\bfrom|\bimport)\s*["'`]\.\/([\w.-]+\.js)["'`]/g)) needed(next, found);
  return found;
}

/** Screen -> what its loading fetches: Vite writes the list of a dynamic import, with its styles, beside it. */
const screens = new Map();
for (const name of files.filter((one) => one.endsWith('.js'))) {
  const text = read(`assets/${name}`).toString();
  const list = /m\.f\s*\|\|\s*\(m\.f\s*=\s*(\[[^\]]*\])/.exec(text)?.[1];
  const deps = list === undefined ? [] : JSON.parse(list.replaceAll("'", '"'));
  for (const [, screen, , places] of text.matchAll(
    /import\(["'`]\.\/([\w.-]+\.js)["'`]\)([^[\]]{0,40}?__vite__mapDeps\(\[([\d,]*)\]\))?/g,
  )) {
    const listed = (places ?? '').split(',').filter((place) => place !== '').map((place) => deps[Number(place)] ?? '');
    const all = needed(screen);
    for (const one of listed) needed(one.replace(/^assets\//, ''), all);
    screens.set(screen, all);
  }
}

const first = new Set(files.filter((name) => html.includes(name)).flatMap((name) => [...needed(name)]));
const rows = [...screens].map(([screen, all]) => ({
  screen: screen.replace(/-[\w-]{8}\.js$/, ''),
  own_bytes: sizes.get(screen) ?? 0,
  added_bytes: total([...all].filter((name) => !first.has(name))),
}));
rows.sort((one, two) => two.added_bytes - one.added_bytes);
console.table(rows);
console.log(`entry ${total(first)} B, everything ${total(files)} B (JS + CSS, gzip)`);
const now = rows.find(({ screen }) => screen === 'Now');
if (now) console.log(`first screen, entry and Site > Now: ${total(first) + now.added_bytes} B`);
