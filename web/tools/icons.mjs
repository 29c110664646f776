/** Draws `public/*.png` from the mark in `public/favicon.svg`: run `node tools/icons.mjs` when the mark changes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';

const folder = new URL('../public/', import.meta.url);
const svg = readFileSync(new URL('favicon.svg', folder), 'utf8');
const VIEW = 32;
const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const GROUND = rgb(/<rect[^>]*fill="(#\w{6})"/.exec(svg)[1]);
const CORNER = Number(/rx="([\d.]+)"/.exec(svg)[1]);
const WIDTH = Number(/stroke-width="([\d.]+)"/.exec(svg)[1]);

/** The corners of the line: M absolute, h and l relative, as the mark is written. */
function corners(path) {
  const found = [];
  let [x, y] = [0, 0];
  for (const [, letter, rest] of path.matchAll(/([Mhl])([^Mhl]*)/g)) {
    const numbers = [...rest.matchAll(/-?[\d.]+/g)].map(Number);
    while (numbers.length > 0) {
      const dx = numbers.shift();
      const dy = letter === 'h' ? 0 : numbers.shift();
      [x, y] = letter === 'M' ? [dx, dy] : [x + dx, y + dy];
      found.push([x, y]);
    }
  }
  return found;
}
const line = corners(/ d="([^"]+)"/.exec(svg)[1]);

const toSegment = (x, y, [ax, ay], [bx, by]) => {
  const [dx, dy] = [bx - ax, by - ay];
  const along = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)));
  return Math.hypot(x - ax - along * dx, y - ay - along * dy);
};
const toLine = (x, y) => Math.min(...line.slice(1).map((end, i) => toSegment(x, y, line[i], end))) - WIDTH / 2;
const toSquare = (x, y, radius) => {
  const [dx, dy] = [Math.abs(x - VIEW / 2), Math.abs(y - VIEW / 2)].map((d) => d - VIEW / 2 + radius);
  return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - radius;
};

function chunk(type, body) {
  const data = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  check.writeUInt32BE(crc32(data));
  return Buffer.concat([length, data, check]);
}

/** `inset`: how much smaller the mark stands on its ground; a mask may cut off what lies outside of 80 %. */
function png(size, { isRound, inset }) {
  const rows = Buffer.alloc(size * (size * 4 + 1));
  const inside = (distance) => Math.min(1, Math.max(0, 0.5 - (distance * size) / VIEW));
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const [x, y] = [column, row].map((at) => ((at + 0.5) / size) * VIEW);
      const [mx, my] = [x, y].map((at) => (at - VIEW / 2) / inset + VIEW / 2);
      const mark = inside(toLine(mx, my) * inset);
      const at = row * (size * 4 + 1) + 1 + column * 4;
      GROUND.forEach((value, i) => (rows[at + i] = Math.round(value + (255 - value) * mark)));
      rows[at + 3] = Math.round(255 * (isRound ? inside(toSquare(x, y, CORNER)) : 1));
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 6, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

for (const [name, size, how] of [
  ['icon-192.png', 192, { isRound: true, inset: 1 }],
  ['icon-512.png', 512, { isRound: true, inset: 1 }],
  ['icon-maskable-512.png', 512, { isRound: false, inset: 0.8 }],
  ['apple-touch-icon.png', 180, { isRound: false, inset: 0.9 }],
]) {
  const body = png(size, how);
  writeFileSync(new URL(name, folder), body);
  console.log(`${name} ${body.length} B`);
}
