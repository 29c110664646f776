/** A year of 5-minute readings of one meter on its Energy page: opened, and looked into ever closer. */
import { fileURLToPath } from 'node:url';

import { settle } from '../harness/places.ts';
import { TENANT } from '../harness/product.ts';
import type { Figure } from './figure.ts';
import { median, quantile, type Stage } from './stage.ts';

const DAY = 86_400_000;
const KEY = 'YEAR-5';
const ROUNDS = 12;

const dateOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

export async function year({ product }: Stage): Promise<Figure[]> {
  const api = await product.api('administrator');
  const post = async (path: string, data: unknown): Promise<void> => {
    const answer = await api.post(path, { data, timeout: 120_000 });
    const body = (await answer.json()) as Record<string, unknown>;
    if (!answer.ok() || body['status'] === 'refused') throw new Error(`POST ${path}: ${JSON.stringify(body).slice(0, 500)}`);
  };
  const end = Math.floor(Date.now() / DAY) * DAY - DAY;
  const start = end - 365 * DAY;
  await post('/api/energy/register', {
    sites: [{ external_id: KEY, name: 'A year', timezone: 'UTC' }],
    assets: [{ external_id: KEY, site: KEY, kind: 'site', name: 'A year' }],
    meters: [{ external_id: `${KEY}-E`, site: KEY, carrier: 'electricity', name: 'A year at 5 minutes', rhythm: 'daily_file' }],
    assignments: [{ meter: `${KEY}-E`, asset: KEY, role: 'boundary' }],
  });
  const values = Array.from({ length: 365 * 288 }, (_, i) => {
    const hour = (i % 288) / 12;
    const busy = Math.max(0, Math.sin(((hour - 6) / 12) * Math.PI));
    return Number((4 + 9 * busy + 2 * Math.sin(i / 9_000) + ((i * 7919) % 100) / 90).toFixed(3));
  });
  await post('/api/energy/consumption', { meter: `${KEY}-E`, start: new Date(start).toISOString(), step_s: 300, unit: 'kWh', values });
  await api.dispose();
  const { results } = await product.ask<{ results: { kind: string; id: string }[] }>('/api/energy/search?q=A+year+at+5');
  const meter = results.find(({ kind }) => kind === 'meter')?.id ?? '';

  const context = await product.window('energy_manager', { viewport: { width: 1280, height: 1400 }, serviceWorkers: 'block' });
  await context.addInitScript({ path: fileURLToPath(new URL('open.js', import.meta.url)) });
  const page = await context.newPage();
  const address = `/t/${TENANT}/meter/${meter}/energy`;
  const of = (from: number, to: number): string =>
    `${address}?period=custom&from=${dateOf(from)}&to=${dateOf(to - DAY)}&compare=none`;
  await page.goto(of(end - 7 * DAY, end));
  await settle(page);
  // The chart of power reads when it is looked at.
  await page.locator('#load-title').scrollIntoViewIfNeeded();
  await page.locator('#load-summary').filter({ hasText: /kW/ }).waitFor();

  const opened = (href: string): Promise<number> =>
    page.evaluate((target) => (globalThis as unknown as { openAndWait: (to: string) => Promise<number> }).openAndWait(target), href);

  const years: number[] = [];
  const finer: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const from = start + (7 + round * 25) * DAY;
    // A day more or less each time, so that no answer was given before.
    years.push(await opened(of(start + round * DAY, end)));
    finer.push(await opened(of(from, from + (3 + (round % 4)) * DAY)));
  }
  await context.close();
  return [
    { what: 'a year at 5 minutes opened, API included', value: median(years), unit: 'ms', atMost: 500, how: `median of ${ROUNDS}` },
    { what: 'finer data of some days of it, p95', value: quantile(finer, 0.95), unit: 'ms', atMost: 250, how: `of ${ROUNDS}` },
  ];
}
