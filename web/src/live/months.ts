/** The months of a portfolio as the chart of months takes them. */
import type { MonthsInput } from '../charts/months';
import { chartTokens, type Mode, type SeriesColour } from '../charts/tokens';
import { t } from '../format/text';
import { local, monthLongAndYear, monthName } from '../format/time';
import { monthStart, type Portfolio } from './portfolio';

/** Input of the chart of months; a year stands under its first month that is shown. */
export function monthPairs(
  { months, totals }: Portfolio,
  zone: string,
  mode: Mode,
  colour: SeriesColour,
  title: string,
  asOf: string,
): MonthsInput {
  const starts = months.map(({ start }) => monthStart(start, zone));
  return {
    tokens: chartTokens(mode, colour),
    text: { title },
    unit: totals.unit,
    colour,
    scope: asOf === '' ? '' : t('period.as_of', { date: asOf }),
    months: months.map((month, i) => {
      const from = starts[i] ?? 0;
      const { year, month: number } = local(from, zone);
      return {
        from,
        to: monthStart(`${number === 12 ? year + 1 : year}-${number === 12 ? 1 : number + 1}`, zone),
        label: monthName(from, zone),
        year: i === 0 || number === 1 ? String(year) : '',
        name: monthLongAndYear(from, zone),
        value: month.sum,
        coverage: month.coverage,
        other: month.last_year_sum,
        otherCoverage: month.last_year_coverage,
        isRunning: month.is_running,
      };
    }),
  };
}
