/** Amounts of a day, bucket by bucket, as bars (gas, water): what is compared stands before them as a dashed line. */
import uPlot from 'uplot';

import { quantity } from '../format/number';
import { t } from '../format/text';
import { clock } from '../format/time';
import { plot, type Kind } from './plot';
import { amountSummary } from './sentences';
import { hourTicks } from './ticks';
import type { Mount } from './types';

const bars = uPlot.paths.bars?.({ size: [0.8, 80], align: 1 });

const steps = uPlot.paths.stepped?.({ align: 1 });

const kind: Kind = {
  figures: 'amount',
  series: (current) => [
    {
      fill: () => current().tokens.series,
      width: 0,
      points: { show: false },
      ...(bars === undefined ? {} : { paths: bars }),
    },
    {
      stroke: () => current().tokens.muted,
      width: 1.5,
      dash: [5, 4],
      points: { show: false },
      ...(steps === undefined ? {} : { paths: steps }),
    },
  ],
  columns: ({ data: { columns, other } }) => [
    [...columns.start],
    [...columns.sum],
    other === undefined ? columns.start.map(() => null) : [...other.sum],
  ],
  ticks: hourTicks,
  tickText: clock,
  summary: amountSummary,
  point: ({ data: { columns, other }, view }, index, at) => {
    const value = columns.sum[index];
    const time = clock(at, view.zone);
    if (other !== undefined) {
      const compared = quantity(other.sum[index], view.amountUnit);
      return t('chart.at.other', { time, value: quantity(value, view.amountUnit), name: other.name, other: compared });
    }
    if (typeof value !== 'number') return t('chart.at.none', { time });
    return t('chart.at', { time, value: quantity(value, view.amountUnit) });
  },
};

export const mount: Mount = (el, input, on) => plot(el, input, on, kind);
