/** Several files become one zip, so that they are looked at, decided and loaded together. */

/** What the server takes in one call. [B] */
export const MOST_BYTES = 16 * 1024 * 1024;
/** Members of one archive that the server reads. */
export const MOST_FILES = 200;
/** The server takes a member that unpacks to more than a hundred times its size for a trap. */
const MOST_RATIO = 50;

const STORED = 0;
const DEFLATED = 8;
/** Names are UTF-8 (APPNOTE 4.4.4, bit 11). */
const UTF8 = 0x0800;
const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
/** 1 Jan 1980: the same files make the same bytes, whenever they are packed. */
const DATE = 0x0021;

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

/** CRC-32 as zip archives carry it (ITU-T V.42). */
export function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (value >>> 8) ^ (table[(value ^ byte) & 0xff] ?? 0);
  return (value ^ 0xffffffff) >>> 0;
}

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function deflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

/** Little-endian numbers, `[bytes, value]` each. */
function record(...fields: readonly (readonly [size: 2 | 4, value: number])[]): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [size]) => sum + size, 0)));
  let place = 0;
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(place, value, true);
    else view.setUint32(place, value, true);
    place += size;
  }
  return new Uint8Array(view.buffer);
}

/** Names that differ: the second `a.csv` is `a (2).csv`. */
export function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let free = name;
    for (let n = 2; taken.has(free); n += 1) free = name.replace(/(\.[^.]*)?$/, ` (${n})$1`);
    taken.add(free);
    return free;
  });
}

export interface Named {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A zip of files, in their order. */
export async function zipOf(files: readonly Named[]): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let place = 0;
  const names = distinct(files.map(({ name }) => name));
  for (const [n, { bytes }] of files.entries()) {
    const name = new TextEncoder().encode(names[n]);
    const small = await deflated(bytes);
    const isWorth = small.length < bytes.length && bytes.length < small.length * MOST_RATIO;
    const body = isWorth ? small : bytes;
    const facts = [
      [2, 20], [2, UTF8], [2, isWorth ? DEFLATED : STORED], [2, 0], [2, DATE],
      [4, crc32(bytes)], [4, body.length], [4, bytes.length], [2, name.length], [2, 0],
    ] as const;
    const head = record([4, LOCAL], ...facts);
    parts.push(head, name, body);
    directory.push(record([4, CENTRAL], [2, 20], ...facts, [2, 0], [2, 0], [2, 0], [4, 0], [4, place]), name);
    place += head.length + name.length + body.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = record([4, END], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, size], [4, place], [2, 0]);
  const all = new Uint8Array(place + size + end.length);
  let written = 0;
  for (const part of [...parts, ...directory, end]) {
    all.set(part, written);
    written += part.length;
  }
  return all;
}
