/** 20 series at a second: what a tick costs the main thread, beside the same page in ECharts; how the heap grows. */
import type { Figure } from './figure.ts';
import { devtools, heap, mainThread, median, type Stage } from './stage.ts';

const MB = 1024 * 1024;

interface Measured {
  /** Main thread per tick, drawing included: its processor time, and by the clock. [ms] */
  readonly tick: number;
  readonly clock: number;
  /** [MB] */
  readonly growth: number;
}

async function measure({ browser, pages }: Stage, name: string, rounds: number, soakS: number): Promise<Measured> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(`${pages}/${name}.html`);
  await page.waitForFunction(() => window.ticking !== undefined);
  const session = await devtools(page);
  const clocked = await devtools(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  await clocked.send('Performance.enable', { timeDomain: 'timeTicks' });
  // Ten ticks to warm up; then so many at a second, with nothing else on the page: all of the thread's work is theirs.
  const tickFor = (count: number): Promise<void> =>
    page.evaluate(
      (ticks) =>
        new Promise<void>((done) => {
          let left = ticks;
          const timer = setInterval(() => {
            window.ticking?.tick();
            left -= 1;
            if (left > 0) return;
            clearInterval(timer);
            requestAnimationFrame(() => requestAnimationFrame(() => done()));
          }, 1_000);
        }),
      count,
    );
  await tickFor(10);
  const costs: number[] = [];
  const clocks: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const before = [await mainThread(session), await mainThread(clocked)] as const;
    await tickFor(10);
    costs.push(((await mainThread(session)) - before[0]) / 10);
    clocks.push(((await mainThread(clocked)) - before[1]) / 10);
  }
  const before = await heap(session);
  if (soakS > 0) await tickFor(soakS);
  const growth = soakS > 0 ? ((await heap(session)) - before) / MB : Number.NaN;
  await page.close();
  return { tick: median(costs), clock: median(clocks), growth };
}

/**
 * Args:
 *   soakS: How long the heap is watched; 3600 is the hour of the limit, less is told as such. [s]
 */
export async function ticks(stage: Stage, soakS: number): Promise<Figure[]> {
  const theirs = await measure(stage, 'echarts', 3, 0);
  const ours = await measure(stage, 'ours', 3, soakS);
  return [
    { what: '20 series at 1 Hz, main thread per tick', value: ours.tick, unit: 'ms', atMost: 20 },
    { what: 'the same by the clock, others on the machine included', value: ours.clock, unit: 'ms' },
    { what: 'the same page in ECharts 6', value: theirs.tick, unit: 'ms' },
    { what: 'ECharts by the clock', value: theirs.clock, unit: 'ms' },
    { what: 'ours against ECharts', value: ours.tick / theirs.tick, unit: 'x', atMost: 0.5 },
    {
      what: `heap growth in ${soakS === 3600 ? 'an hour' : `${Math.round(soakS / 60)} minutes`}`,
      value: ours.growth,
      unit: 'MB',
      atMost: 10,
      how: soakS === 3600 ? 'after collection' : 'after collection; --soak=3600 takes the whole hour',
    },
  ];
}
