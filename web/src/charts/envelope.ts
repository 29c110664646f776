/** A year of days: the band from the lowest to the highest reading, and the mean as a line. */
import { quantity } from '../format/number';
import { t } from '../format/text';
import { date, monthName } from '../format/time';
import { plot, type Kind } from './plot';
import { yearSummary } from './sentences';
import { monthTicks } from './ticks';
import type { Mount } from './types';

const kind: Kind = {
  figures: 'rate',
  series: (current) => {
    const edge = { stroke: () => current().tokens.band, width: 0, points: { show: false } };
    // The mean comes last, so that the band does not wash over it.
    return [{ ...edge }, { ...edge }, { stroke: () => current().tokens.series, width: 1.5, points: { show: false } }];
  },
  bands: (current) => [{ series: [1, 2], fill: () => `${current().tokens.band}80` }],
  columns: ({ data: { columns } }) => [
    [...columns.start],
    [...columns.max],
    [...columns.min],
    [...columns.mean],
  ],
  ticks: monthTicks,
  tickText: monthName,
  summary: yearSummary,
  point: ({ data: { columns }, view }, index, at) => {
    const [value, low, high] = [columns.mean[index], columns.min[index], columns.max[index]];
    const time = date(at, view.zone);
    if (typeof value !== 'number') return t('chart.at.none', { time });
    return t('chart.at.range', {
      time,
      value: quantity(value, view.rateUnit),
      low: quantity(low, view.rateUnit),
      high: quantity(high, view.rateUnit),
    });
  },
};

export const mount: Mount = (el, input, on) => plot(el, input, on, kind);
