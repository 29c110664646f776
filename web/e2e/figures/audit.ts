/** Lighthouse on a site page, as a telephone: the median of five runs. */
import lighthouse from 'lighthouse';

import { sites } from '../harness/places.ts';
import { TENANT } from '../harness/product.ts';
import type { Figure } from './figure.ts';
import { median, type Stage } from './stage.ts';

const RUNS = 5;

export async function audit({ product, port }: Stage): Promise<Figure[]> {
  const [site] = await sites(product);
  const { cookies } = await product.signedIn('energy_manager');
  const Cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const rows: Record<string, number[]> = {};
  const note = (name: string, value: number | null | undefined): void => {
    (rows[name] ??= []).push(value ?? Number.NaN);
  };
  const failing = new Set<string>();
  for (let run = 0; run < RUNS; run += 1) {
    const done = await lighthouse(`${product.origin}/t/${TENANT}/site/${site?.id}`, {
      port,
      logLevel: 'error',
      extraHeaders: { Cookie },
      onlyCategories: ['performance', 'accessibility', 'best-practices'],
    });
    if (done === undefined) throw new Error('Lighthouse gave no answer');
    const { categories, audits } = done.lhr;
    note('performance', (categories['performance']?.score ?? Number.NaN) * 100);
    note('accessibility', (categories['accessibility']?.score ?? Number.NaN) * 100);
    note('best practice', (categories['best-practices']?.score ?? Number.NaN) * 100);
    note('LCP', audits['largest-contentful-paint']?.numericValue);
    note('CLS', audits['cumulative-layout-shift']?.numericValue);
    note('TBT', audits['total-blocking-time']?.numericValue);
    for (const name of ['accessibility', 'best-practices']) {
      for (const { id, weight } of categories[name]?.auditRefs ?? []) {
        const score = audits[id]?.score;
        if (weight > 0 && score !== null && score !== undefined && score < 1) failing.add(`${id}: ${audits[id]?.title ?? ''}`);
      }
    }
  }
  for (const line of failing) console.log(`  ${line}`);
  const of = (name: string): number => median(rows[name] ?? []);
  return [
    { what: 'performance', value: of('performance'), unit: 'of 100', atLeast: 90, how: `mobile, median of ${RUNS}, as the next` },
    { what: 'accessibility', value: of('accessibility'), unit: 'of 100', atLeast: 100 },
    { what: 'best practice', value: of('best practice'), unit: 'of 100', atLeast: 95 },
    { what: 'largest contentful paint', value: of('LCP') / 1000, unit: 's', atMost: 1.8 },
    { what: 'cumulative layout shift', value: of('CLS'), unit: '', atMost: 0.02 },
    { what: 'total blocking time', value: of('TBT'), unit: 'ms' },
  ];
}
