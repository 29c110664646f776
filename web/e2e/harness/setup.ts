/** The simulated portfolio is set up once; each worker has a server of its own on a copy of it.
 *
 * The servers start here and not in the workers: a failed test takes its worker with it, and a new server costs more
 * than most tests.
 */
import { rmSync } from 'node:fs';

import type { FullConfig } from '@playwright/test';

import { buildPseudo } from './pseudo.ts';
import { DemoServer, removeTemplate } from './server.ts';

export default async function setUp(config: FullConfig): Promise<() => Promise<void>> {
  process.env['AEGRID_TEST_PSEUDO'] ??= buildPseudo();
  // While tests are written: servers that run already, one for each worker.
  if (process.env['AEGRID_TEST_ORIGINS']) return () => Promise.resolve();
  const given = process.env['AEGRID_TEST_TEMPLATE'];
  const template = given ?? (await DemoServer.makeTemplate());
  process.env['AEGRID_TEST_TEMPLATE'] = template;
  const servers = await Promise.all(Array.from({ length: config.workers }, () => DemoServer.from(template)));
  process.env['AEGRID_TEST_ORIGINS'] = servers.map(({ origin }) => origin).join(' ');
  return async () => {
    await Promise.all(servers.map((server) => server.remove()));
    if (given === undefined) removeTemplate(template);
    rmSync(process.env['AEGRID_TEST_PSEUDO'] ?? '', { recursive: true, force: true });
  };
}
