/** Lengths of time as text. */
import { t, tn } from './text';
import { DAY, MINUTE } from './time';

/** From here on a length is told in months, and in years. [ms] */
const MONTHS = 60 * DAY;
const YEARS = 730 * DAY;

/** `45 s`, `12 min`, `3 h 20 min`, `2 days`, `5 months`, `4 years`; the two largest parts at most. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return t('duration.seconds', { n: seconds });
  const all = Math.round(ms / MINUTE);
  if (all < 60) return t('duration.minutes', { n: all });
  if (ms >= YEARS) return tn('duration.years', Math.round(ms / (365.25 * DAY)));
  if (ms >= MONTHS) return tn('duration.months', Math.round(ms / (30.44 * DAY)));
  if (ms >= 2 * DAY) return tn('duration.days', Math.round(ms / DAY));
  const [hours, minutes] = [Math.floor(all / 60), all % 60];
  return minutes === 0 ? t('duration.hours', { n: hours }) : t('duration.hours_minutes', { hours, minutes });
}

/** The age of a value in words: `just now`, `12 s ago`, `3 h 20 min ago`. */
export function age(at: number, now: number): string {
  const elapsed = now - at;
  return elapsed < 3_000 ? t('age.now') : t('age.ago', { duration: duration(elapsed) });
}
