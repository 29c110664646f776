import { expect, test } from 'vitest';

import { join } from './linked';
import { strideOf, walked } from './walk';

const values = [null, 5, 6, null, 8, null];

test('from nowhere the right arrow goes to the first value, the left one to the last', () => {
  expect(walked(values, undefined, 1)).toBe(1);
  expect(walked(values, undefined, -1)).toBe(4);
});

test('buckets without a value are stepped over', () => {
  expect(walked(values, 2, 1)).toBe(4);
  expect(walked(values, 4, -1)).toBe(2);
});

test('at either end the cursor stays on the last value', () => {
  expect(walked(values, 4, 1)).toBe(4);
  expect(walked(values, 1, -1)).toBe(1);
  expect(walked(values, 2, strideOf('End', values.length) ?? 0)).toBe(4);
  expect(walked(values, 4, strideOf('Home', values.length) ?? 0)).toBe(1);
  expect(walked(values, 1, 12)).toBe(4);
});

test('where nothing is known there is nowhere to go', () => {
  expect(walked([null, null], undefined, 1)).toBeUndefined();
  expect(walked([], undefined, 1)).toBeUndefined();
});

test('other keys mean nothing', () => {
  expect(strideOf('a', 6)).toBeUndefined();
});

test('a cursor is told to the other charts of its name only, until they leave', () => {
  const heard: string[] = [];
  const bars = join('energy', (at) => heard.push(`bars ${at}`));
  const load = join('energy', (at) => heard.push(`load ${at}`));
  join('trend', (at) => heard.push(`trend ${at}`));
  bars.tell(5);
  load.tell(undefined);
  load.leave();
  bars.tell(6);
  expect(heard).toEqual(['load 5', 'bars undefined']);
});
