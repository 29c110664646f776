/** Every sentence of the app comes from one catalogue; a missing or misspelt parameter is a type error. */
import { LOCALE } from './number';
import { messages as catalogue } from './messages.en-AU';
import { pseudoCatalogue } from './pseudo';

type Messages = typeof catalogue;
/** Decided at build: the other half is not in the bundle. */
const spoken = <Part extends Partial<Messages>>(part: Part): Part =>
  import.meta.env.VITE_PSEUDO === '1' ? pseudoCatalogue(part) : part;
const messages: Messages = { ...spoken(catalogue) };

/** Takes in a part of the catalogue that came with a later chunk: see `tools/words.ts`. */
export function learn(part: Partial<Messages>): void {
  Object.assign(messages, spoken(part));
}

type Plural = { readonly one: string; readonly other: string };

/** The names between braces in a sentence. */
type Names<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type Params<Text extends string> = [Names<Text>] extends [never] ? [] : [params: Record<Names<Text>, string | number>];

type SentenceKey = { [Key in keyof Messages]: Messages[Key] extends string ? Key : never }[keyof Messages];
type PluralKey = { [Key in keyof Messages]: Messages[Key] extends Plural ? Key : never }[keyof Messages];
type PluralParams<Text extends string> = [Exclude<Names<Text>, 'n'>] extends [never]
  ? []
  : [params: Record<Exclude<Names<Text>, 'n'>, string | number>];

const plurals = new Intl.PluralRules(LOCALE);

const filled = (text: string, params: Readonly<Record<string, string | number>>): string =>
  text.replace(/\{(\w+)\}/g, (hole, name: string) => String(params[name] ?? hole));

/** The sentence of a key. */
export function t<Key extends SentenceKey>(key: Key, ...[params]: Params<Messages[Key] & string>): string {
  // A key is shown where its words are missing: a wrong build must not take the page away.
  return filled(messages[key] ?? key, params ?? {});
}

/** The sentence of a key for a count; `{n}` in it is the count. */
export function tn<Key extends PluralKey>(
  key: Key,
  n: number,
  ...[params]: PluralParams<(Messages[Key] & Plural)['other']>
): string {
  const forms = (messages[key] ?? { one: key, other: key }) as Plural;
  const form = plurals.select(n) === 'one' ? forms.one : forms.other;
  return filled(form, { ...params, n: n.toLocaleString(LOCALE) });
}

/** A sentence for a word that comes from outside (a carrier, a role, an error code), or nothing. */
export function known(prefix: string, word: string): string | undefined {
  const found = (messages as Readonly<Record<string, string | Plural>>)[`${prefix}.${word}`];
  return typeof found === 'string' ? found : undefined;
}

/** The same, falling back to the word itself with its underscores opened: names a newer server may send. */
export const named = (prefix: string, word: string): string => known(prefix, word) ?? word.replaceAll('_', ' ');
