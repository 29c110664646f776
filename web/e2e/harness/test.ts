/** `test` with the server of the worker, people who are signed in, and an ear for what a page complains of. */
import { type Page, test as plain } from '@playwright/test';

import { Product } from './product.ts';

export { expect } from '@playwright/test';
export { Product, type Role, TENANT } from './product.ts';

/** What a page complained of, by kind. */
export class Complaints {
  readonly console: string[] = [];
  readonly csp: string[] = [];

  constructor(page: Page) {
    page.on('console', (message) => {
      if (message.type() !== 'error') return;
      const text = `${message.text()} [${message.location().url}]`;
      // Chromium tells the same violation in its own words as well.
      if (/^CSP: |Content Security Policy/.test(text)) this.csp.push(text);
      else this.console.push(text);
    });
    page.on('pageerror', (error) => this.console.push(`uncaught: ${error.stack ?? error.message}`));
  }
}

export const test = plain.extend<object, { product: Product }>({
  product: [
    async ({ browser }, use, workerInfo) => {
      const origin = (process.env['AEGRID_TEST_ORIGINS'] ?? '').split(' ')[workerInfo.parallelIndex];
      if (!origin) throw new Error('harness/setup.ts started no server for this worker');
      await use(new Product(origin, browser));
    },
    { scope: 'worker' },
  ],
});
