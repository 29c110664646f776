/** Amounts of a day, bucket by bucket, as bars (gas, water): what is compared stands before them as a dashed line. */
import { quantity } from '../format/number';
import { t } from '../format/text';
import { clock } from '../format/time';
import { barOf, extent } from './bar-places';
import { bucketed, type Kind } from './bucketed';
import { edgesOf } from './buckets';
import { xOf, yOf } from './plane';
import { amountSummary } from './sentences';
import { hourTicks } from './ticks';
import type { Mount } from './types';

const PART = 0.8;

const kind: Kind = {
  extent: ({ data: { columns, other } }) => extent(columns.sum, other?.sum ?? []),
  figures: (pen, plane, { data: { columns, other }, tokens }) => {
    pen.fillStyle = tokens.series;
    columns.sum.forEach((value, i) => {
      const bar = barOf(plane, columns, i, value, PART);
      if (bar !== undefined) pen.fillRect(bar.left, bar.top, bar.width, bar.height);
    });
    pen.strokeStyle = tokens.muted;
    pen.lineWidth = 1.5;
    pen.setLineDash([5, 4]);
    pen.beginPath();
    let isDown = false;
    other?.sum.forEach((value, i) => {
      const edges = edgesOf(columns, i);
      if (value === null || edges === undefined) {
        isDown = false;
        return;
      }
      const y = yOf(plane, value);
      if (isDown) pen.lineTo(xOf(plane, edges.from), y);
      else pen.moveTo(xOf(plane, edges.from), y);
      pen.lineTo(xOf(plane, edges.to), y);
      isDown = true;
    });
    pen.stroke();
  },
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

export const mount: Mount = (el, input, on) => bucketed(el, input, on, kind);
