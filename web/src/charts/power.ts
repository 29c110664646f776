/** Power over a day: one line, values of the socket at its end, gaps hatched. */
import { quantity } from '../format/number';
import { t } from '../format/text';
import { clock } from '../format/time';
import { plot, type Kind } from './plot';
import { powerSummary } from './sentences';
import { line } from './series';
import { hourTicks } from './ticks';
import type { Mount } from './types';

const kind: Kind = {
  figures: 'rate',
  marksLast: true,
  series: (current) => [
    { stroke: () => current().tokens.series, width: 2, points: { show: false }, spanGaps: false },
  ],
  columns: ({ data }) => {
    const { x, y } = line(data);
    return [x, y];
  },
  ticks: hourTicks,
  tickText: clock,
  summary: powerSummary,
  point: ({ data, view }, index, at) => {
    const value = line(data).y[index];
    const time = clock(at, view.zone);
    if (typeof value !== 'number') return t('chart.at.none', { time });
    return t('chart.at', { time, value: quantity(value, view.rateUnit) });
  },
};

export const mount: Mount = (el, input, on) => plot(el, input, on, kind);
