/** Which Chromium is driven: the one that AEGRID_TEST_CHROMIUM names, else the first on the PATH. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

export function chromium(): string {
  const named = process.env['AEGRID_TEST_CHROMIUM'];
  if (named) return named;
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of NAMES) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        continue;
      }
    }
  }
  throw new Error('no Chromium on the PATH; name one with AEGRID_TEST_CHROMIUM');
}
