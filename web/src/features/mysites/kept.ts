/** Figures of a kept site: of one day, of the week, and by local day. */
import type { Columns } from '../../charts/types';
import type { Span } from '../../format/period';
import { dayStart } from '../../format/time';

/** The columns of a stretch. */
export function cut(columns: Columns, { from, to }: Span): Columns {
  const inside = columns.start.map((at) => at >= from && at < to);
  const of = <Value>(column: readonly Value[]): Value[] => column.filter((_, i) => inside[i]);
  return {
    start: of(columns.start),
    step: columns.step,
    mean: of(columns.mean),
    min: of(columns.min),
    max: of(columns.max),
    sum: of(columns.sum),
    coverage: of(columns.coverage),
    estimatedShare: of(columns.estimatedShare),
  };
}

/** Null where nothing is known: an unknown sum is not 0. */
export function total(column: readonly (number | null)[]): number | null {
  const known = column.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

const mean = (column: readonly (number | null)[]): number | null => {
  const sum = total(column);
  return sum === null ? null : sum / column.filter((value) => value !== null).length;
};
const known = (column: readonly (number | null)[]): number[] => column.filter((value) => value !== null);

/** The last local day with a reading, whole; undefined where there is none. */
export function newestDay({ start, sum }: Pick<Columns, 'start' | 'sum'>, zone: string): Span | undefined {
  const last = start.findLast((_, i) => sum[i] != null);
  return last === undefined ? undefined : { from: dayStart(last, zone), to: dayStart(last, zone, 1) };
}

/** Added up by local day: days that daylight saving makes longer or shorter are what they are. */
export function byDay(columns: Columns, { from, to }: Span, zone: string): Columns {
  const edges: number[] = [];
  for (let at = dayStart(from, zone); at < to; at = dayStart(at, zone, 1)) edges.push(at);
  const days = edges.map((at) => cut(columns, { from: at, to: dayStart(at, zone, 1) }));
  const each = (figure: (day: Columns) => number | null): (number | null)[] => days.map(figure);
  return {
    start: edges,
    step: 86_400_000,
    mean: each((day) => mean(day.mean)),
    min: each((day) => (known(day.min).length > 0 ? Math.min(...known(day.min)) : null)),
    max: each((day) => (known(day.max).length > 0 ? Math.max(...known(day.max)) : null)),
    sum: each((day) => total(day.sum)),
    coverage: each((day) => mean(day.coverage)),
    estimatedShare: each((day) => mean(day.estimatedShare)),
  };
}
