/** The figures behind a chart, for reading and for a spreadsheet. */
import { csv } from '../format/csv';
import { exact, share, unitName, UNKNOWN } from '../format/number';
import { t } from '../format/text';
import { date, dateAndClock, iso } from '../format/time';
import type { ChartInput, ChartTable } from './types';

/** `rate` charts show mean, lowest and highest; `amount` charts only sums. */
export type Figures = 'rate' | 'amount';

const text = (value: number | null | undefined): string => (typeof value === 'number' ? exact(value) : UNKNOWN);

/** Columns as text. Buckets of a day or more show their date only. */
export function figureTable({ data, view }: ChartInput, figures: Figures): ChartTable {
  const { columns } = data;
  const rate = { unit: unitName(view.rateUnit) };
  const amount = { unit: unitName(view.amountUnit) };
  const when = columns.step >= 23 * 3_600_000 ? date : dateAndClock;
  const head = [
    t('chart.column.start'),
    ...(figures === 'rate'
      ? [t('chart.column.mean', rate), t('chart.column.min', rate), t('chart.column.max', rate)]
      : []),
    figures === 'rate' ? t('chart.column.sum', amount) : t('chart.column.amount', amount),
    t('chart.column.coverage'),
    t('chart.column.estimated'),
  ];
  const rows = columns.start.map((at, i) => [
    when(at, view.zone),
    ...(figures === 'rate' ? [text(columns.mean[i]), text(columns.min[i]), text(columns.max[i])] : []),
    text(columns.sum[i]),
    share(columns.coverage[i]),
    share(columns.estimatedShare[i]),
  ]);
  return { head, rows };
}

/** The same as CSV: exact values, local time with its offset, unknown = empty. */
export function figureCsv({ data, view }: ChartInput, figures: Figures): string {
  const { columns } = data;
  const [rate, amount] = [view.rateUnit.toLowerCase(), view.amountUnit.toLowerCase()];
  const names = figures === 'rate' ? [`mean_${rate}`, `min_${rate}`, `max_${rate}`, `sum_${amount}`] : [`sum_${amount}`];
  return csv([
    ['start', ...names, 'coverage', 'estimated_share'],
    ...columns.start.map((at, i) => [
      iso(at, view.zone),
      ...(figures === 'rate' ? [columns.mean[i] ?? null, columns.min[i] ?? null, columns.max[i] ?? null] : []),
      columns.sum[i] ?? null,
      columns.coverage[i] ?? null,
      columns.estimatedShare[i] ?? null,
    ]),
  ]);
}
