import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { csv } from './csv';
import { age, duration } from './duration';
import { freshness } from './freshness';
import { messages } from './messages.en-AU';
import { refusal } from './problem';
import { named, t, tn } from './text';

test('a count chooses its form and is written with separators', () => {
  expect(tn('portfolio.sites', 1)).toBe('1 site');
  expect(tn('portfolio.sites', 1200)).toBe('1,200 sites');
});

test('parameters fill their holes', () => {
  expect(t('error.trace', { id: 'abc' })).toBe('Reference abc');
});

test('a word that the catalogue does not know is shown, opened', () => {
  expect(named('role', 'energy_manager')).toBe('Energy manager');
  expect(named('role', 'night_watch')).toBe('night watch');
});

test('every sentence of the catalogue is used, and no key is asked for that it lacks', () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const source = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|svelte)$/.test(name) && !name.includes('format/messages') && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(`${root}/${name}`, 'utf8'))
    .join('\n');
  // Keys that are put together: `t(`period.${kind}`)`, `named('carrier', word)`.
  const byPrefix = [...source.matchAll(/`([\w.-]+\.)\$\{|(?:named|known)\('([\w.-]+)'/g)].map(
    ([, template, prefix]) => template ?? `${prefix}.`,
  );
  const unused = Object.keys(messages).filter(
    (key) => !source.includes(`'${key}'`) && !byPrefix.some((prefix) => key.startsWith(prefix)),
  );
  expect(unused).toEqual([]);
});

test('ages are words', () => {
  expect(age(0, 1_000)).toBe('just now');
  expect(age(0, 12_000)).toBe('12 s ago');
  expect(duration(200 * 60_000)).toBe('3 h 20 min');
  expect(duration(59.9 * 60_000)).toBe('1 h');
  expect(duration(59_700)).toBe('1 min');
  expect(duration(3 * 86_400_000)).toBe('3 days');
});

test('a value is live for two intervals, late for six, then stale', () => {
  const interval = 300_000;
  expect(freshness(0, 2 * interval, interval)).toBe('live');
  expect(freshness(0, 2 * interval + 1, interval)).toBe('late');
  expect(freshness(0, 6 * interval + 1, interval)).toBe('stale');
});

test('a refusal is told in our words, else in the words of the server', () => {
  expect(refusal({ code: 'network', detail: 'x' }).text).toBe(t('error.network'));
  expect(refusal({ code: 'asset_unknown', detail: 'There is no such asset.' }).text).toBe('There is no such asset.');
  expect(refusal(new Error('boom')).text).toBe(t('error.unexpected'));
});

test('a name cannot run as a formula in a spreadsheet', () => {
  expect(csv([['=1+1', 'a,b', 'say "x"', -1.5, null]])).toBe(`'=1+1,"a,b","say ""x""",-1.5,\r\n`);
});
