import { expect, test } from 'vitest';

import { messages } from './messages.en-AU';
import { pseudo, pseudoCatalogue } from './pseudo';

test('a sentence is accented, longer and between brackets, and its holes stay', () => {
  expect(pseudo('Reading of {time}, {age}')).toBe(`⟦Ŕêáđîñĝ ôƒ {time}, {age}${'·'.repeat(6)}⟧`);
});

test('no sentence of the catalogue loses or gains a hole', () => {
  const holes = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
  const changed = pseudoCatalogue(messages) as Record<string, unknown>;
  const texts = (entry: unknown): string[] =>
    typeof entry === 'string' ? [entry] : Object.values(entry as Record<string, string>);
  const wrong = Object.entries(messages).filter(
    ([key, entry]) =>
      JSON.stringify(texts(entry).map(holes)) !== JSON.stringify(texts(changed[key]).map(holes)) ||
      !texts(changed[key]).every((text) => /^⟦.*⟧$/s.test(text)),
  );
  expect(wrong).toEqual([]);
});
