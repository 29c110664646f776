import { expect, test } from 'vitest';

import { portfolioPath, sitePath } from '../features/screen';
import { find, returnable, startOf } from './routes';

test('addresses that screens link to lead to their screens', () => {
  expect(find(portfolioPath('demo'))?.route.name).toBe('portfolio');
  const found = find(sitePath('demo', 'a/b ü'));
  expect(found?.route.name).toBe('site');
  expect(found?.params).toEqual({ tenant: 'demo', site: 'a/b ü' });
});

test.each(['/', '/t/demo', '/t//portfolio', '/t/demo/portfolio/more', '/t/demo/site/', '/t/%E0%A4%A/portfolio'])(
  '%s is no screen',
  (path) => {
    expect(find(path)).toBeUndefined();
  },
);

test('sign-in returns to screens of this app only', () => {
  expect(returnable('/t/demo/site/1?carrier=gas')).toBe('/t/demo/site/1?carrier=gas');
  for (const elsewhere of ['https://evil.example/t/demo/portfolio', '//evil.example', '/t/..\\evil', '/api/x', '', null]) {
    expect(returnable(elsewhere)).toBeUndefined();
  }
});

test('a start page that is not built opens the portfolio', () => {
  expect(startOf('demo', 'a-page-of-another-time')).toBe('/t/demo/portfolio');
});
