/** Lengths of time as text. */
import { t, tn } from './text';
import { DAY, HOUR, MINUTE } from './time';

/** `45 s`, `12 min`, `3 h 20 min`, `2 days`; the two largest parts at most. */
export function duration(ms: number): string {
  if (ms < MINUTE) return t('duration.seconds', { n: Math.max(0, Math.round(ms / 1000)) });
  if (ms < HOUR) return t('duration.minutes', { n: Math.round(ms / MINUTE) });
  if (ms < 2 * DAY) {
    const minutes = Math.round(ms / MINUTE);
    const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
    return rest === 0 ? t('duration.hours', { n: hours }) : t('duration.hours_minutes', { hours, minutes: rest });
  }
  return tn('duration.days', Math.round(ms / DAY));
}

/** The age of a value in words: `just now`, `12 s ago`, `3 h 20 min ago`. */
export function age(at: number, now: number): string {
  const elapsed = now - at;
  return elapsed < 3_000 ? t('age.now') : t('age.ago', { duration: duration(elapsed) });
}
