/** The figures behind a chart, for reading and for a spreadsheet. */
import { csv } from '../format/csv';
import { exact, share, short, unitName, UNKNOWN } from '../format/number';
import { t } from '../format/text';
import { DAY, HOUR, date, dateAndClock, dayStart, iso, monthAndYear } from '../format/time';
import type { Cells } from './cells';
import type { ChartInput, ChartTable, Other } from './types';

/** `rate` charts show mean, lowest and highest; `amount` charts only sums. */
export type Figures = 'rate' | 'amount';

const text = (value: number | null | undefined): string => (typeof value === 'number' ? exact(value) : UNKNOWN);

/** The columns of what is compared: its figure, and its band where it has one. */
function otherFigures(other: Other | undefined, figures: Figures): readonly (readonly (number | null)[])[] {
  if (other === undefined) return [];
  const { low, high } = other;
  if (figures === 'amount' || low === undefined || high === undefined) return [figures === 'rate' ? other.mean : other.sum];
  return [other.mean, low, high];
}

function otherHead(other: Other | undefined, figures: Figures, unit: string): string[] {
  if (other === undefined) return [];
  const { name } = other;
  const all = [
    t('chart.column.other', { name, unit }),
    t('chart.column.other_low', { name, unit }),
    t('chart.column.other_high', { name, unit }),
  ];
  return all.slice(0, otherFigures(other, figures).length);
}

/** How the start of a bucket is written: a month by its name, a day by its date. */
export const whenOf = (step: number): ((at: number, zone: string) => string) =>
  step >= 27 * DAY ? monthAndYear : step >= 23 * HOUR ? date : dateAndClock;

/** Columns as text. Buckets of a day or more show their date only. */
export function figureTable({ data, view }: ChartInput, figures: Figures): ChartTable {
  const { columns, other } = data;
  const rate = { unit: unitName(view.rateUnit) };
  const amount = { unit: unitName(view.amountUnit) };
  const when = whenOf(columns.step);
  const head = [
    t('chart.column.start'),
    ...(figures === 'rate'
      ? [t('chart.column.mean', rate), t('chart.column.min', rate), t('chart.column.max', rate)]
      : []),
    figures === 'rate' ? t('chart.column.sum', amount) : t('chart.column.amount', amount),
    t('chart.column.coverage'),
    t('chart.column.estimated'),
    ...otherHead(other, figures, figures === 'rate' ? rate.unit : amount.unit),
  ];
  const rows = columns.start.map((at, i) => [
    when(at, view.zone),
    ...(figures === 'rate' ? [text(columns.mean[i]), text(columns.min[i]), text(columns.max[i])] : []),
    text(columns.sum[i]),
    share(columns.coverage[i]),
    share(columns.estimatedShare[i]),
    ...otherFigures(other, figures).map((column) => text(column[i])),
  ]);
  return { head, rows };
}

/** A carpet's cells: a row for each day, a column for each hour, as the mean of its cells. */
export function carpetTable({ days, perDay, value }: Cells, { view }: ChartInput): ChartTable {
  const [hours, each] = [Math.min(24, perDay), Math.max(1, Math.round(perDay / 24))];
  const hourly = (day: number, hour: number): string => {
    const at = day * perDay + hour * each;
    const known = [...value.subarray(at, at + each)].filter(Number.isFinite);
    return known.length === 0 ? UNKNOWN : short(known.reduce((sum, cell) => sum + cell, 0) / known.length);
  };
  const rows = Array.from({ length: days }, (_, day) => [
    date(dayStart(view.from, view.zone, day), view.zone),
    ...Array.from({ length: hours }, (_hour, hour) => hourly(day, hour)),
  ]);
  const heads = Array.from({ length: hours }, (_, hour) => `${String(hour).padStart(2, '0')}:00`);
  return { head: [t('chart.column.day'), ...heads], rows };
}

/** The same as CSV: exact values, local time with its offset, unknown = empty. */
export function figureCsv({ data, view }: ChartInput, figures: Figures): string {
  const { columns, other } = data;
  const [rate, amount] = [view.rateUnit.toLowerCase(), view.amountUnit.toLowerCase()];
  const names = figures === 'rate' ? [`mean_${rate}`, `min_${rate}`, `max_${rate}`, `sum_${amount}`] : [`sum_${amount}`];
  return csv([
    [
      'start',
      ...names,
      'coverage',
      'estimated_share',
      ...['other', 'other_low', 'other_high']
        .slice(0, otherFigures(other, figures).length)
        .map((name) => `${name}_${figures === 'rate' ? rate : amount}`),
    ],
    ...columns.start.map((at, i) => [
      iso(at, view.zone),
      ...(figures === 'rate' ? [columns.mean[i] ?? null, columns.min[i] ?? null, columns.max[i] ?? null] : []),
      columns.sum[i] ?? null,
      columns.coverage[i] ?? null,
      columns.estimatedShare[i] ?? null,
      ...otherFigures(other, figures).map((column) => column[i] ?? null),
    ]),
  ]);
}
