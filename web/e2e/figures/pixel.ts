/** How long a reading takes from its POST to the pixel: one reading per site every five seconds, all of them watched. */
import { fileURLToPath } from 'node:url';

import { settle } from '../harness/places.ts';
import { TENANT } from '../harness/product.ts';
import type { Figure } from './figure.ts';
import { quantile, type Stage } from './stage.ts';

const SITES = 20;
const EVERY_S = 5;
const KEYS = Array.from({ length: SITES }, (_, i) => `PIXEL-${i}`);

interface Seen {
  readonly text: string;
  readonly at: number;
}

/** Sites of their own, which no simulation feeds, each with a live meter. */
const REGISTER = {
  sites: KEYS.map((key) => ({ external_id: key, name: `Watched ${key}`, timezone: 'Australia/Melbourne' })),
  assets: KEYS.map((key) => ({ external_id: key, site: key, kind: 'site', name: `Watched ${key}` })),
  meters: KEYS.map((key) => ({ external_id: `${key}-E`, site: key, carrier: 'electricity', name: `Meter ${key}`, rhythm: 'live' })),
  assignments: KEYS.map((key) => ({ meter: `${key}-E`, asset: key, role: 'boundary' })),
};

/**
 * Args:
 *   seconds: How long readings come; at most 220, so that every value is used once. [s]
 */
export async function pixel({ product }: Stage, seconds: number): Promise<Figure[]> {
  const api = await product.api('administrator');
  const post = async (path: string, data: unknown): Promise<Record<string, unknown>> => {
    const answer = await api.post(path, { data });
    if (!answer.ok()) throw new Error(`POST ${path}: ${answer.status()} ${await answer.text()}`);
    return (await answer.json()) as Record<string, unknown>;
  };
  const { errors } = await post('/api/energy/register', REGISTER);
  if (!Array.isArray(errors) || errors.length > 0) throw new Error(JSON.stringify(errors));

  // Three digits are shown, and no two readings are alike: what stands on the screen tells which one it is.
  let kw = 100;
  const sent = new Map<number, number>();
  // Each meter's intervals follow one another, and are told as they end.
  const zero = (Math.floor(Date.now() / 1000 / EVERY_S) - 1) * EVERY_S * 1000;
  const reading = async (key: string, round: number): Promise<void> => {
    kw += 1;
    sent.set(kw, Date.now());
    await post('/api/energy/consumption', {
      meter: `${key}-E`,
      start: new Date(zero + round * EVERY_S * 1000).toISOString(),
      step_s: EVERY_S,
      unit: 'kWh',
      values: [(kw * EVERY_S) / 3600],
    });
  };
  for (const key of KEYS) await reading(key, 0);

  const context = await product.window('energy_manager', { viewport: { width: 1280, height: 1600 } });
  await context.addInitScript({ path: fileURLToPath(new URL('watch.js', import.meta.url)) });
  const page = await context.newPage();
  await page.goto(`/t/${TENANT}/portfolio`);
  await settle(page);
  await page.getByRole('main').getByText('Watched PIXEL-0').waitFor();
  sent.clear();
  const began = Date.now();
  const passed = Math.ceil((began - zero) / 1000 / EVERY_S);
  for (let i = 0; i < (Math.min(seconds, 220) / EVERY_S) * SITES; i += 1) {
    const due = began + (i * EVERY_S * 1000) / SITES;
    await new Promise((done) => setTimeout(done, Math.max(0, due - Date.now())));
    await reading(KEYS[i % SITES] ?? '', passed + Math.floor(i / SITES) - 1);
  }
  // What has not come by then never comes.
  await page.waitForTimeout(5_000);
  const seen = await page.evaluate(() => (globalThis as unknown as { seen: Seen[] }).seen);
  // The same figure may have stood somewhere before it was sent.
  const delays = [...sent].flatMap(([value, at]) => {
    const first = seen.find((one) => Number.parseFloat(one.text) === value && one.at >= at);
    return first === undefined ? [] : [first.at - at];
  });
  await context.close();
  await api.dispose();
  return [
    { what: 'reading sent to pixel changed, p50', value: quantile(delays, 0.5), unit: 'ms', how: `${delays.length} readings of ${SITES} sites` },
    { what: 'the same, p95', value: quantile(delays, 0.95), unit: 'ms', atMost: 500 },
    { what: 'the same, p99', value: quantile(delays, 0.99), unit: 'ms', atMost: 1000 },
    { what: 'readings that reached the screen', value: (100 * delays.length) / sent.size, unit: '%', atLeast: 100 },
  ];
}
