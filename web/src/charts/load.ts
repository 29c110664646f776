/** Power over any period: the mean as a line, the band from lowest to highest, or of what is normal. */
import { quantity } from '../format/number';
import { t } from '../format/text';
import { DAY, date, dateAndClock } from '../format/time';
import { plot, type Kind } from './plot';
import { powerSummary, yearSummary } from './sentences';
import { timeText, timeTicks } from './ticks';
import type { ChartInput, Mount } from './types';

/** The band behind the line: what is normal where that is asked for, else how far the readings reach. */
const bandOf = ({ data: { columns, other } }: ChartInput): readonly (readonly (number | null)[])[] =>
  other?.low === undefined || other.high === undefined ? [columns.max, columns.min] : [other.high, other.low];

export const kind: Kind = {
  figures: 'rate',
  main: 4,
  series: (current) => {
    const edge = { stroke: () => current().tokens.band, width: 0, points: { show: false } };
    // The lines come last, so that the band does not wash over them.
    return [
      { ...edge },
      { ...edge },
      { stroke: () => current().tokens.context, width: 1.5, dash: [5, 3], points: { show: false } },
      { stroke: () => current().tokens.series, width: 1.75, points: { show: false } },
    ];
  },
  bands: (current) => [{ series: [1, 2], fill: () => `${current().tokens.band}80` }],
  columns: (input) => {
    const { columns, other } = input.data;
    const [high = [], low = []] = bandOf(input);
    return [
      [...columns.start],
      [...high],
      [...low],
      other === undefined ? columns.start.map(() => null) : [...other.mean],
      [...columns.mean],
    ];
  },
  ticks: timeTicks,
  tickText: timeText,
  summary: (input) => (input.view.to - input.view.from <= 2 * DAY ? powerSummary(input) : yearSummary(input)),
  point: ({ data: { columns, other }, view }, index, at) => {
    const [value, low, high] = [columns.mean[index], columns.min[index], columns.max[index]];
    const time = (columns.step >= DAY ? date : dateAndClock)(at, view.zone);
    if (other !== undefined) {
      return t('chart.at.other', {
        time,
        value: quantity(value, view.rateUnit),
        name: other.name,
        other: quantity(other.mean[index], view.rateUnit),
      });
    }
    if (typeof value !== 'number') return t('chart.at.none', { time });
    if (low === high) return t('chart.at', { time, value: quantity(value, view.rateUnit) });
    return t('chart.at.range', {
      time,
      value: quantity(value, view.rateUnit),
      low: quantity(low, view.rateUnit),
      high: quantity(high, view.rateUnit),
    });
  },
};

export const mount: Mount = (el, input, on) => plot(el, input, on, kind);
