/** The answer to "is it talking?" from the last readings of a meter, in one sentence. */
import type { Recent } from '../../api/types';
import { age, duration } from '../../format/duration';
import { named, t } from '../../format/text';
import { clock, dateAndClock, dayStart } from '../../format/time';

export type RecentSeries = Recent['series'][number];

export interface Verdict {
  readonly tone: 'good' | 'warn' | 'bad' | 'plain';
  readonly text: string;
  /** Whether its next reading can be waited for here: not what comes by file. */
  readonly isLive: boolean;
}

/** The series that speaks for the meter: what it says itself and said last; the server lists them so. */
export const speaker = (series: readonly RecentSeries[]): RecentSeries | undefined =>
  series.find((one) => !one.is_derived && one.readings.length > 0) ?? series.find((one) => one.readings.length > 0);

/** End of the newest reading with a value. [ms] */
export const newestEnd = (series: RecentSeries | undefined): number | undefined => {
  const newest = series?.readings.find(({ value }) => value !== null);
  return newest === undefined ? undefined : Date.parse(newest.end);
};

type Way = '' | '.irregular' | '.file';
const WORDS = { live: 'yes', late: 'late', stale: 'no' } as const;
const TONES = { live: 'good', late: 'warn', stale: 'bad' } as const;

export function verdict(meter: Pick<Recent, 'series' | 'is_virtual' | 'timezone'>, now: number): Verdict {
  if (meter.is_virtual) return { tone: 'plain', text: t('talking.virtual'), isLive: false };
  const series = speaker(meter.series);
  const end = newestEnd(series);
  if (series === undefined || end === undefined) return { tone: 'bad', text: t('talking.never'), isLive: true };
  const time = dateAndClock(end, meter.timezone);
  const state = series.freshness;
  if (state === 'ended') return { tone: 'plain', text: t('talking.ended', { time }), isLive: false };
  const isFile = series.rhythm !== 'live';
  const way: Way = isFile ? '.file' : series.step_s === null ? '.irregular' : '';
  const facts = {
    age: age(end, now),
    duration: duration(now - end),
    step: duration((series.step_s ?? 0) * 1000),
    rhythm: named('talking.rhythm', series.rhythm),
    time,
  };
  return { tone: TONES[state], text: t(`talking.${WORDS[state]}${way}`, facts), isLive: !isFile };
}

/** When the next reading should be here; undefined where there is no rhythm to tell it by. [ms] */
export function nextDue(series: RecentSeries | undefined): number | undefined {
  const end = newestEnd(series);
  return end === undefined || series?.step_s == null || series.rhythm !== 'live' ? undefined : end + series.step_s * 1000;
}

/** `02:00–02:15` today, with its date on other days: narrow enough for a telephone. */
export function when(reading: RecentSeries['readings'][number], zone: string, now: number): string {
  const [at, end] = [Date.parse(reading.at), Date.parse(reading.end)];
  const start = dayStart(at, zone) === dayStart(now, zone) ? clock(at, zone) : dateAndClock(at, zone);
  if (end === at) return start;
  const isLong = end - at > 86_400_000;
  return `${start}–${isLong ? dateAndClock(end, zone) : clock(end, zone)}`;
}

/** What a later answer brought that an earlier did not: the newest end moved on, or something was received again. */
export function hasSpoken(before: Recent, after: Recent): boolean {
  const said = ({ series }: Recent): string => JSON.stringify(series.map((one) => [one.series_no, one.seen_at, one.readings[0]?.at]));
  return said(before) !== said(after);
}
