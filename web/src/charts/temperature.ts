/** The air outside, as a thin pane under a chart of energy. */
import { quantity } from '../format/number';
import { t } from '../format/text';
import { DAY, date, dateAndClock } from '../format/time';
import { kind as load } from './load';
import { plot, type Kind } from './plot';
import { gapSentence } from './sentences';
import { facts } from './series';
import type { Mount } from './types';

const kind: Kind = {
  ...load,
  height: 128,
  hasZero: false,
  summary: (input) => {
    const { columns } = input.data;
    const { zone, rateUnit } = input.view;
    const found = facts(input.data, 'mean');
    if (found === undefined) return t('chart.empty');
    const when = columns.step >= DAY ? date : dateAndClock;
    return (
      t('chart.summary.temperature', {
        low: quantity(found.low.value, rateUnit),
        low_time: when(found.low.at, zone),
        high: quantity(found.high.value, rateUnit),
        high_time: when(found.high.at, zone),
        mean: quantity(found.mean, rateUnit),
      }) + gapSentence(input)
    );
  },
};

export const mount: Mount = (el, input, on) => plot(el, input, on, kind);
