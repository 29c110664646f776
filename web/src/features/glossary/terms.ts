/** The words of the glossary, and how one is looked up. */
import { known } from '../../format/text';
import { glossary } from '../../format/messages/glossary';

export interface Term {
  readonly name: string;
  readonly word: string;
  readonly is: string;
}

/** All of them, by the word. */
export const terms: readonly Term[] = Object.keys(glossary)
  .filter((key) => /^term\.\w+$/.test(key))
  .map((key) => ({ name: key.slice('term.'.length), word: known('term', key.slice('term.'.length)) ?? '', is: known(key, 'is') ?? '' }))
  .sort((a, b) => a.word.localeCompare(b.word, 'en-AU', { sensitivity: 'base' }));

const plain = (text: string): string => text.toLocaleLowerCase('en-AU').normalize('NFKD').replace(/\p{M}/gu, '');

/** Words that begin with the text first, then those that hold it, then those explained by it. */
export function look(text: string, all: readonly Term[] = terms): readonly Term[] {
  const wanted = plain(text.trim());
  if (wanted === '') return all;
  const rank = ({ word, is }: Term): number => {
    const name = plain(word);
    if (name.startsWith(wanted)) return 0;
    if (name.includes(wanted)) return 1;
    return plain(is).includes(wanted) ? 2 : 3;
  };
  return all
    .map((term) => ({ term, at: rank(term) }))
    .filter(({ at }) => at < 3)
    .sort((a, b) => a.at - b.at)
    .map(({ term }) => term);
}
