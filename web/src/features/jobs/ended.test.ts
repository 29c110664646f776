import { expect, test } from 'vitest';

import { resultPath } from './ended';

test.each([
  ['load_upload', 'done', { import_id: 'i' }, '/t/north/imports/i'],
  ['load_confirmed', 'done', { upload_id: 'u', imports: [] }, '/t/north/add?upload=u'],
  ['undo_import', 'done', { import_id: 'i', undo_id: 'j' }, '/t/north/imports/i'],
  ['undo_import', 'failed', { import_id: 'i' }, undefined],
  ['apply_multipliers', 'done', { meters: 2 }, undefined],
  ['load_upload', 'cancelled', null, undefined],
])('%s that is %s leads to its page', (kind, status, result, path) => {
  expect(resultPath('north', { kind, status, result })).toBe(path);
});
