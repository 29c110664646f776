/** 20 of the app's own live charts. */
import { mount } from '../../../src/charts/band.ts';
import { chartTokens } from '../../../src/charts/tokens.ts';
import type { ChartInput, LivePoint } from '../../../src/charts/types.ts';
import { KEPT, offer, panes, SECOND, valueAt } from './feed.ts';

const tokens = chartTokens('light', 1);
const began = Date.UTC(2026, 0, 5, 2);
const EMPTY = { start: [], step: SECOND, mean: [], min: [], max: [], sum: [], coverage: [], estimatedShare: [] };

function inputOf(live: readonly LivePoint[], second: number): ChartInput {
  const to = began + second * SECOND;
  return {
    data: { columns: EMPTY, live },
    view: { from: to - KEPT * SECOND, to, now: to, zone: 'Australia/Melbourne', rateUnit: 'kW', amountUnit: 'kWh' },
    tokens,
    text: { title: 'Power' },
  };
}
const pointOf = (series: number, second: number): LivePoint => ({
  at: began + second * SECOND,
  value: valueAt(series, second),
});

const charts = panes().map((el, series) => {
  const live = Array.from({ length: KEPT }, (_, second) => pointOf(series, second));
  return { live, chart: mount(el, inputOf(live, KEPT), { cursor: () => undefined }) };
});
offer((second) => {
  for (const [series, row] of charts.entries()) {
    row.live = [...row.live.slice(1), pointOf(series, second)];
    row.chart.update(inputOf(row.live, second));
  }
});
