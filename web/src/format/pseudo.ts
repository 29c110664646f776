/**
 * A language nobody speaks, for builds with `VITE_PSEUDO=1`: every sentence accented, longer by two fifths and
 * between brackets, so that text that is cut off, or never came from the catalogue, is seen at once.
 */
const ACCENTS: Readonly<Record<string, string>> = {
  a: 'á', b: 'ƀ', c: 'ç', d: 'đ', e: 'ê', f: 'ƒ', g: 'ĝ', h: 'ĥ', i: 'î', j: 'ĵ', k: 'ķ', l: 'ļ', m: 'ɱ',
  n: 'ñ', o: 'ô', p: 'þ', q: 'ǫ', r: 'ŕ', s: 'š', t: 'ţ', u: 'ü', v: 'ṽ', w: 'ŵ', x: 'ẋ', y: 'ý', z: 'ž',
  A: 'Å', B: 'Ɓ', C: 'Ç', D: 'Đ', E: 'Ê', F: 'Ƒ', G: 'Ĝ', H: 'Ĥ', I: 'Î', J: 'Ĵ', K: 'Ķ', L: 'Ļ', M: 'Ṁ',
  N: 'Ñ', O: 'Ô', P: 'Þ', Q: 'Ǫ', R: 'Ŕ', S: 'Š', T: 'Ţ', U: 'Û', V: 'Ṽ', W: 'Ŵ', X: 'Ẋ', Y: 'Ý', Z: 'Ž',
}; // prettier-ignore

/** How much longer a sentence grows; other languages do. */
const GROWTH = 0.4;

/** One sentence; what is put in between braces keeps its name. */
export function pseudo(text: string): string {
  const accented = text.replace(/\{\w+\}|[A-Za-z]/g, (part) => ACCENTS[part] ?? part);
  const length = text.replace(/\{\w+\}/g, '').length;
  // No language has words that long: what makes a sentence longer breaks as words do.
  const growth = '·'.repeat(Math.ceil(length * GROWTH)).replace(/·{8}(?=·)/g, '$& ');
  return `⟦${accented}${growth}⟧`;
}

type Entry = string | { readonly one: string; readonly other: string };

/** A whole catalogue, or a part of it. */
export function pseudoCatalogue<Catalogue extends object>(catalogue: Catalogue): Catalogue {
  return Object.fromEntries(
    Object.entries(catalogue as Readonly<Record<string, Entry>>).map(([key, entry]) => [
      key,
      typeof entry === 'string' ? pseudo(entry) : { one: pseudo(entry.one), other: pseudo(entry.other) },
    ]),
  ) as Catalogue;
}
