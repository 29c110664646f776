/** What a matrix of data quality says: the facts of its sentence, the order of its rows, the marks of its cells. */
import { duration } from '../../format/duration';
import { count, share } from '../../format/number';
import type { Span } from '../../format/period';
import { named, t, tn } from '../../format/text';
import type { Gap, Quality, QualityRow } from './reads';

/** Marks of a day, the most urgent first. */
export const MARKS = ['suspect', 'stuck', 'estimated', 'late'] as const;
export type Mark = (typeof MARKS)[number];

export type Filling = 'none' | 'awaited' | 'whole' | 'part' | 'missing';

export interface Cell {
  readonly filling: Filling;
  /** Share of what was expected that is there, 0 to 1. */
  readonly share: number;
  readonly marks: readonly Mark[];
}

export function cellOf(row: QualityRow, day: number): Cell {
  const [expected, valid] = [row.expected[day] ?? 0, row.valid[day] ?? 0];
  const marks = MARKS.filter((mark) => {
    const of = row[mark][day];
    return of === true || (typeof of === 'number' && of > 0);
  });
  if (expected === 0) return { filling: valid > 0 ? 'whole' : 'none', share: valid > 0 ? 1 : 0, marks };
  const is = Math.min(1, valid / expected);
  if (is >= 1) return { filling: 'whole', share: 1, marks };
  if (row.awaited[day]) return { filling: 'awaited', share: is, marks };
  return { filling: valid === 0 ? 'missing' : 'part', share: is, marks };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Readings that are there of those that were due; null where none were. */
export function completeness(row: QualityRow): number | null {
  const due = row.expected.map((expected, day) => (row.awaited[day] ? 0 : expected));
  const all = sum(due);
  if (all === 0) return null;
  return sum(due.map((expected, day) => Math.min(expected, row.valid[day] ?? 0))) / all;
}

export const estimatedShare = (row: QualityRow): number | null => {
  const valid = sum(row.valid);
  return valid === 0 ? null : sum(row.estimated) / valid;
};

export const daysOf = (flags: readonly (boolean | number)[]): number => flags.filter((flag) => Number(flag) > 0).length;

/** Name of a series for people: its meter or gauge, and whatever tells it from the others of the same one. */
export function rowName(row: QualityRow, rows: readonly QualityRow[]): string {
  const owner = row.meter_id ?? row.point_id;
  let alike = rows.filter((other) => (other.meter_id ?? other.point_id) === owner);
  const words = [row.name];
  const namesakes = rows.filter((other) => other.name === row.name && (other.meter_id ?? other.point_id) !== owner);
  if (namesakes.length > 0 && row.carrier !== null) words.push(named('carrier', row.carrier));
  const tell = (wordOf: (one: QualityRow) => string): void => {
    const word = wordOf(row);
    const same = alike.filter((other) => wordOf(other) === word);
    if (same.length < alike.length) words.push(word);
    alike = same;
  };
  tell(({ quantity, direction }) => `${named('quantity', quantity)} ${named('direction', direction)}`);
  tell(({ kind }) => named('series_kind', kind));
  tell(({ step_s: step }) => (step === null ? t('step.irregular') : t('step.every', { step: duration(step * 1000) })));
  tell(({ register_name: register }) => register);
  const [name = '', ...rest] = words;
  return rest.length === 0 ? name : `${name} (${rest.join(', ')})`;
}

/** What lacks most comes first; meters before gauges; then by name. */
export function ordered(rows: readonly QualityRow[]): QualityRow[] {
  const lacking = (row: QualityRow): number => 1 - (completeness(row) ?? 1);
  return [...rows].sort(
    (a, b) =>
      Number(a.meter_id === null) - Number(b.meter_id === null) ||
      lacking(b) - lacking(a) ||
      a.name.localeCompare(b.name) ||
      a.series_no - b.series_no,
  );
}

/** A row is worth its place when something was expected of it, or came. */
export const isTelling = (row: QualityRow): boolean => sum(row.expected) > 0 || sum(row.valid) > 0;

export const lengthOf = (gap: Gap): number => Date.parse(gap.end) - Date.parse(gap.start);

/** Every series counts the same, whether it speaks each minute or each hour. */
export function overall(rows: readonly QualityRow[]): number | null {
  const known = rows.map(completeness).filter((value) => value !== null);
  return known.length === 0 ? null : sum(known) / known.length;
}

/** The sentence on top. */
export function headline(quality: Quality, words: string): string {
  const rows = quality.rows.filter(isTelling);
  const whole = overall(rows);
  if (whole === null) return t('health.headline.none', { period: words });
  const there = t('health.headline.share', { share: share(whole), period: words });
  const { gaps } = quality;
  const all = gaps.length + quality.gaps_left_out;
  if (all === 0) return `${there}${t('health.headline.no_gaps')}`;
  const names = [...new Set(gaps.map((gap) => nameOf(gap.series_no, rows)))];
  const [name = ''] = names;
  const inOne = all > 2 ? t('health.headline.all_in_one', { name }) : tn('health.headline.in_one', all, { name });
  const where = names.length === 1 ? inOne : t('health.headline.in_several', { n: count(names.length) });
  const length = duration(sum(gaps.map(lengthOf)));
  return there + tn('health.headline.gaps', all, { length, where });
}

export const nameOf = (seriesNo: number, rows: readonly QualityRow[]): string => {
  const row = rows.find((one) => one.series_no === seriesNo);
  return row === undefined ? '' : rowName(row, rows);
};

/** Which rows are late by their own rhythm, in words; undefined where all come as they should. */
export function lateSentence(rows: readonly QualityRow[]): string | undefined {
  const late = rows.filter(({ freshness, rhythm }) => rhythm !== 'ended' && (freshness === 'late' || freshness === 'stale'));
  if (late.length === 0) return undefined;
  const names = late.slice(0, 3).map((row) => rowName(row, rows)).join('; ');
  return late.length > 3
    ? t('health.late.more', { names, n: count(late.length - 3) })
    : tn('health.late', late.length, { names });
}

/** A gap as a stretch of time. [ms] */
export const spanOfGap = (gap: Gap): Span => ({ from: Date.parse(gap.start), to: Date.parse(gap.end) });
