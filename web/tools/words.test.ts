import { expect, test } from 'vitest';

import { messages } from '../src/format/messages.en-AU';
import { partsOf, readParts, type Part } from './words';

const parts: readonly Part[] = [
  { file: 'energy.ts', name: 'energy', keys: ['energy.title', 'energy.day.one'] },
  { file: 'words.ts', name: 'words', keys: ['carrier.gas', 'carrier.water'] },
  { file: 'tabs.ts', name: 'tabs', keys: ['tab.now', 'tab.set-up'] },
];
const asked = (code: string): string[] => partsOf(code, parts).map(({ name }) => name);

test.each([
  [`t('energy.title')`, ['energy']],
  [`t(isOne ? "energy.day.one" : other)`, ['energy']],
  ['named("carrier", row.carrier)', ['words']],
  ['t(`tab.${name}`)', ['tabs']],
  [`const kind = 'energy'; go('carrier')`, []],
  [`t('energy.titles')`, []],
])('%s asks for %j', (code, names) => {
  expect(asked(code)).toEqual(names);
});

test('the parts are the whole catalogue, and no key stands in two', () => {
  const all = readParts();
  expect(all.length).toBeGreaterThan(10);
  const keys = all.flatMap(({ keys: own }) => own);
  expect(new Set(keys)).toEqual(new Set(Object.keys(messages)));
  expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
});
