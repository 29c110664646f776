import { defineConfig } from '@playwright/test';

import { chromium } from './harness/browser.ts';

/** The real product in a real browser; `python hatch_build.py e2e` starts it. */
export default defineConfig({
  testDir: 'tests',
  outputDir: '../../build/e2e',
  globalSetup: './harness/setup.ts',
  // Two cores: a server, its database and a browser are busy on them already.
  workers: Number(process.env['AEGRID_TEST_WORKERS'] ?? 2),
  fullyParallel: true,
  forbidOnly: true,
  // A machine of two cores stalls now and then; what fails twice is wrong. Both tries are told.
  retries: 1,
  timeout: 45_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['./harness/counts.ts']],
  use: {
    locale: 'en-AU',
    timezoneId: 'Australia/Melbourne',
    screenshot: 'only-on-failure',
    trace: 'off',
    launchOptions: {
      executablePath: chromium(),
      args: ['--disable-background-networking', '--disable-component-update', '--no-first-run'],
    },
  },
});
