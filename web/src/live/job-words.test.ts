import { expect, test } from 'vitest';

import { endOf, jobError, jobName } from './job-words';

test('a job is named with its file, where it has one', () => {
  expect(jobName({ kind: 'load_upload', about: 'september.csv' })).toBe('Loading a file (september.csv)');
  expect(jobName({ kind: 'apply_multipliers', about: '' })).toBe('Applying a multiplier');
});

test.each([
  ['done', { status: 'refused' }, 'refused'],
  ['done', { status: 'done' }, 'done'],
  ['done', null, 'done'],
  ['failed', { status: 'refused' }, 'failed'],
])('a job that is %s with %o ended %s', (status, result, end) => {
  expect(endOf({ status, result })).toBe(end);
});

test('why it failed is what the server says, else that nobody knows', () => {
  expect(jobError({ error: { detail: 'No meter.' } })).toBe('No meter.');
  expect(jobError({ error: null })).not.toBe('');
});
