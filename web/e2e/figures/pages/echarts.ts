/** The same 20 charts with ECharts, set up as its handbook says for streams: canvas, no animation, no symbols. */
import { LineChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

import { KEPT, offer, panes, SECOND, valueAt } from './feed.ts';

use([LineChart, GridComponent, CanvasRenderer]);

const began = Date.UTC(2026, 0, 5, 2);
const pointOf = (series: number, second: number): [number, number] => [
  began + second * SECOND,
  valueAt(series, second),
];

const charts = panes().map((el, series) => {
  el.style.height = '248px';
  const chart = init(el, null, { renderer: 'canvas' });
  const points = Array.from({ length: KEPT }, (_, second) => pointOf(series, second));
  chart.setOption({
    animation: false,
    grid: { left: 40, right: 10, top: 10, bottom: 30 },
    xAxis: { type: 'time' },
    yAxis: { type: 'value' },
    series: [{ type: 'line', showSymbol: false, data: points }],
  });
  return { chart, points };
});
offer((second) => {
  for (const [series, row] of charts.entries()) {
    row.points = [...row.points.slice(1), pointOf(series, second)];
    row.chart.setOption({ series: [{ data: row.points }] });
  }
});
