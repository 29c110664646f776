/** Amounts per bucket as bars: gas, water and other carriers that are metered by volume or energy. */
import uPlot from 'uplot';

import { quantity } from '../format/number';
import { t } from '../format/text';
import { DAY, HOUR, clock, date, dateAndClock, monthName } from '../format/time';
import { plot, type Kind } from './plot';
import { amountSummary } from './sentences';
import { hourTicks, monthTicks } from './ticks';
import type { Mount } from './types';

const bars = uPlot.paths.bars?.({ size: [0.8, 24], align: 1 });

const isLong = (from: number, to: number): boolean => to - from > 60 * DAY;

const kind = (long: boolean): Kind => ({
  figures: 'amount',
  series: (current) => [
    {
      fill: () => current().tokens.series,
      width: 0,
      points: { show: false },
      ...(bars === undefined ? {} : { paths: bars }),
    },
  ],
  columns: ({ data: { columns } }) => [[...columns.start], [...columns.sum]],
  ticks: long ? monthTicks : hourTicks,
  tickText: long ? monthName : clock,
  summary: amountSummary,
  point: ({ data: { columns }, view }, index, at) => {
    const value = columns.sum[index];
    const time = columns.step >= 23 * HOUR ? date(at, view.zone) : dateAndClock(at, view.zone);
    if (typeof value !== 'number') return t('chart.at.none', { time });
    return t('chart.at', { time, value: quantity(value, view.amountUnit) });
  },
});

export const mount: Mount = (el, input, on) =>
  plot(el, input, on, kind(isLong(input.view.from, input.view.to)));
