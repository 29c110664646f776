/** What a new view of the same year costs to draw: the redraw between a zoom and the arrival of finer data. */
import type { Figure } from './figure.ts';
import { quantile, type Stage } from './stage.ts';

export async function zoom({ browser, pages }: Stage): Promise<Figure[]> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(`${pages}/zoom.html`);
  await page.waitForFunction(() => window.zooming !== undefined);
  const times = await page.evaluate(async () => {
    const found: number[] = [];
    for (let step = 0; step < 100; step += 1) {
      const took = (await window.zooming?.(step)) ?? Number.NaN;
      found.push(took);
      await new Promise(requestAnimationFrame);
    }
    return found.slice(5);
  });
  await page.close();
  return [{ what: 'redraw on zoom, p95', value: quantile(times, 0.95), unit: 'ms', atMost: 33, how: 'a chart of 4,000 buckets' }];
}
