/** The app's chart of power with a year in 4,000 buckets, looked at through ever other stretches. */
import { mount } from '../../../src/charts/load.ts';
import { chartTokens } from '../../../src/charts/tokens.ts';
import type { ChartInput } from '../../../src/charts/types.ts';

const BUCKETS = 4_000;
const STEP = (365 * 86_400_000) / BUCKETS;
const BEGAN = Date.UTC(2025, 0, 1);

declare global {
  interface Window {
    /** Draws another stretch; the milliseconds that took. */
    zooming?: (step: number) => Promise<number>;
  }
}

const each = <T>(make: (i: number) => T): T[] => Array.from({ length: BUCKETS }, (_, i) => make(i));
const mean = each((i) => 120 + 60 * Math.sin(i / 5) + 20 * Math.sin(i / 170));
const columns = {
  start: each((i) => BEGAN + i * STEP),
  step: STEP,
  mean,
  min: mean.map((value) => value - 25),
  max: mean.map((value) => value + 40),
  sum: mean.map((value) => (value * STEP) / 3_600_000),
  coverage: each(() => 1),
  estimatedShare: each(() => 0),
};
const inputOf = (from: number, to: number): ChartInput => ({
  data: { columns, live: [] },
  view: { from, to, now: to, zone: 'Australia/Melbourne', rateUnit: 'kW', amountUnit: 'kWh' },
  tokens: chartTokens('light', 1),
  text: { title: 'Power' },
});

const el = document.getElementById('chart');
if (el === null) throw new Error('no #chart');
const chart = mount(el, inputOf(BEGAN, BEGAN + BUCKETS * STEP), { cursor: () => undefined });
window.zooming = async (step) => {
  const length = (BUCKETS * STEP) / (1 + (step % 20));
  const from = BEGAN + ((step * 37) % 100) * 0.01 * (BUCKETS * STEP - length);
  const began = performance.now();
  chart.update(inputOf(from, from + length));
  // The plot draws in a microtask of its own, which was queued before this one.
  await Promise.resolve();
  return performance.now() - began;
};
