/** Prints the gzip size of what the first screen loads, and of each later chunk. Run after `npm run build`. */
import { readFileSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const folder = new URL('../../src/aegrid_energy/static/', import.meta.url);
const size = (name) => gzipSync(readFileSync(new URL(name, folder)), { level: 9 }).length;
const html = readFileSync(new URL('index.html', folder), 'utf8');
const rows = readdirSync(new URL('assets/', folder))
  .filter((name) => /\.(js|css)$/.test(name))
  .map((name) => ({ file: name, first: html.includes(name), gzip_bytes: size(`assets/${name}`) }));

console.table(rows);
const total = (wanted) => rows.filter(wanted).reduce((sum, row) => sum + row.gzip_bytes, 0);
console.log(`entry ${total((row) => row.first)} B, everything ${total(() => true)} B (JS + CSS, gzip)`);
