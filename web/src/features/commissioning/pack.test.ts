import { inflateRawSync } from 'node:zlib';

import { expect, test } from 'vitest';

import { crc32, distinct, sha256, zipOf } from './pack';

const bytes = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(text));

/** Members of a zip by its central directory, as a reader finds them. */
function members(zip: Uint8Array): { name: string; crc: number; data: Uint8Array }[] {
  const view = new DataView(zip.buffer);
  const end = zip.length - 22;
  expect(view.getUint32(end, true)).toBe(0x06054b50);
  let place = view.getUint32(end + 16, true);
  return Array.from({ length: view.getUint16(end + 10, true) }, () => {
    expect(view.getUint32(place, true)).toBe(0x02014b50);
    const [method, crc, packed] = [view.getUint16(place + 10, true), view.getUint32(place + 16, true), view.getUint32(place + 20, true)];
    const length = view.getUint16(place + 28, true);
    const local = view.getUint32(place + 42, true);
    const name = new TextDecoder().decode(zip.subarray(place + 46, place + 46 + length));
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const body = zip.subarray(start, start + packed);
    place += 46 + length;
    return { name, crc, data: method === 8 ? new Uint8Array(inflateRawSync(body)) : body };
  });
}

test('the checksum is that of the standard', () => {
  expect(crc32(bytes('123456789'))).toBe(0xcbf43926);
});

test('a fingerprint is that of the standard', async () => {
  expect(await sha256(bytes('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('what is packed comes out again, small and large, with its name', async () => {
  const long = '300,20260201,0.5\n'.repeat(500);
  const found = members(await zipOf([{ name: 'a.csv', bytes: bytes(long) }, { name: 'Zähler.csv', bytes: bytes('x') }]));
  expect(found.map(({ name, data }) => [name, new TextDecoder().decode(data)])).toEqual([['a.csv', long], ['Zähler.csv', 'x']]);
  expect(found[0]?.crc).toBe(crc32(bytes(long)));
});

test('a file that packs too well is stored as it is, or the server takes it for a trap', async () => {
  const zeros = new Uint8Array(200_000);
  const zip = await zipOf([{ name: 'a', bytes: zeros }]);
  expect(zip.length).toBeGreaterThan(zeros.length);
});

test('the same files make the same package', async () => {
  const files = [{ name: 'a.csv', bytes: bytes('1,2') }];
  expect(await zipOf(files)).toEqual(await zipOf(files));
});

test('files of one name from two folders keep apart', () => {
  expect(distinct(['a.csv', 'a.csv', 'a (2).csv', 'b'])).toEqual(['a.csv', 'a (2).csv', 'a (2) (2).csv', 'b']);
});
