import { expect, test } from 'vitest';

import type { TrendChoice } from '../../live/trends';
import { MOST_SHOWN, firstShown, namesOf, panesOf, shownOf, toggled, whyApart, withShown } from './choose';

const id = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const key = (n: number): string => `point:${id(n)}`;
const choice = (n: number, unit: string, more: Partial<TrendChoice> = {}): TrendChoice => ({
  key: key(n),
  id: id(n),
  name: `p${n}`,
  asset_id: 'own',
  asset_name: 'Own',
  quantity: 'temperature',
  unit,
  carrier: null,
  direction: 'import',
  newest: '2026-11-24T00:00:00Z',
  ...more,
});

test('what is shown stands in the address and comes back from it', () => {
  const shown = toggled(toggled([], key(1)), key(2));
  const address = withShown(new URLSearchParams('period=month'), shown);
  expect(address).toBe(`?period=month&show=${key(1)}.0,${key(2)}.1`);
  expect(shownOf(new URLSearchParams(address))).toEqual(shown);
});

test('a series keeps its colour when another is taken off, and the next takes the free one', () => {
  const three = [1, 2, 3].reduce((shown, n) => toggled(shown, key(n)), toggled([], key(0)));
  const two = toggled(three, key(1));
  expect(two).toEqual([
    { key: key(0), colour: 0 },
    { key: key(2), colour: 2 },
    { key: key(3), colour: 3 },
  ]);
  expect(toggled(two, key(9)).at(-1)).toEqual({ key: key(9), colour: 1 });
});

test('nonsense in the address is left out, and an empty choice is a choice', () => {
  expect(shownOf(new URLSearchParams(`show=point:x,${key(1)},${key(1)},drop`))).toEqual([{ key: key(1), colour: 0 }]);
  expect(shownOf(new URLSearchParams('show='))).toEqual([]);
  expect(shownOf(new URLSearchParams())).toBeUndefined();
});

test('no more are shown than the server answers', () => {
  const all = Array.from({ length: 40 }, (_, n) => n).reduce<ReturnType<typeof toggled>>(
    (shown, n) => toggled(shown, key(n)),
    [],
  );
  expect(all).toHaveLength(MOST_SHOWN);
});

test('a page begins with its own series, of two units, that were ever heard', () => {
  const choices = [
    choice(1, 'Cel', { newest: null }),
    choice(2, 'kW', { asset_id: 'below' }),
    choice(3, 'Cel'),
    choice(4, '%'),
    choice(5, '[ppm]'),
  ];
  expect(firstShown(choices, 'own').map((one) => one.key)).toEqual([key(3), key(4)]);
  expect(firstShown([choice(2, 'kW', { asset_id: 'below' })], 'own')).toHaveLength(1);
});

test('series of one name are told apart by what flows and where they stand', () => {
  const name = (more: Partial<TrendChoice>, n: number) => choice(n, 'kW', { name: 'b61', ...more });
  const found = namesOf(
    [
      name({ carrier: 'gas' }, 1),
      name({ carrier: 'electricity' }, 2),
      name({ carrier: 'electricity', asset_id: 'below', asset_name: 'Roof' }, 3),
      choice(4, 'Cel'),
    ],
    (carrier) => carrier.toUpperCase(),
  );
  expect([...found.values()]).toEqual(['b61, GAS, Own', 'b61, ELECTRICITY, Own', 'b61, ELECTRICITY, Roof', 'p4']);
});

test('series of one unit share a pane; three units or seven lines stand apart', () => {
  expect(panesOf([choice(1, 'Cel'), choice(2, 'kW'), choice(3, 'Cel')]).map(({ unit, series }) => [unit, series.length])).toEqual([
    ['Cel', 2],
    ['kW', 1],
  ]);
  expect(whyApart([choice(1, 'a'), choice(2, 'b')])).toBeUndefined();
  expect(whyApart([choice(1, 'a'), choice(2, 'b'), choice(3, 'c')])).toBe('units');
  expect(whyApart(Array.from({ length: 7 }, (_, n) => choice(n, 'a')))).toBe('many');
});
