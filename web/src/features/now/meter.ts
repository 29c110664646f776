/** What is said about how the readings of a meter come. */
import type { MeterCard } from '../../api/types';
import { age, duration } from '../../format/duration';
import { t } from '../../format/text';

type SeriesCard = MeterCard['series'][number];

/** The series that speaks for a meter: the one heard of last. */
export function speakerOf(series: readonly SeriesCard[]): SeriesCard | undefined {
  return series.reduce<SeriesCard | undefined>((best, one) => {
    if (one.newest === null) return best ?? one;
    return best?.newest == null || Date.parse(one.newest.end) > Date.parse(best.newest.end) ? one : best;
  }, undefined);
}

/** "A reading every 15 min; live. The newest came 3 min ago." in the words of the rhythm. */
export function comingSentence(meter: MeterCard, now: number): string {
  if (meter.is_virtual) return t('now.meter.virtual');
  const one = speakerOf(meter.series);
  if (one === undefined) return t('now.meter.nothing');
  const every = one.step_s === null ? t('now.meter.irregular') : t('now.meter.every', { step: duration(one.step_s * 1000) });
  const rhythm = t(`now.meter.rhythm.${one.rhythm}`);
  if (one.newest === null) return `${every} ${rhythm} ${t('now.meter.never')}`;
  const came = t('now.meter.came', { age: age(Date.parse(one.newest.seen_at), now) });
  const judged = one.freshness === 'live' ? t('now.meter.due') : t(`now.meter.${one.freshness}`);
  return `${every} ${rhythm} ${came} ${judged}`;
}

export interface Powers {
  readonly start: string;
  readonly end: string;
  readonly reactive_kvar: number;
  readonly apparent_kva: number;
  readonly power_factor: number | null;
}

/** kVA and power factor of the newest interval of which a meter has active and reactive energy. */
export function powersOf(meter: MeterCard): Powers | undefined {
  const newestOf = (quantity: string, direction: string): SeriesCard | undefined =>
    meter.series.find(
      (one) => one.quantity === quantity && one.direction === direction && one.kind === 'interval' && one.newest !== null,
    );
  const [active, taken] = [newestOf('energy', 'import'), newestOf('reactive_energy', 'import')];
  if (!active?.newest || !taken?.newest || !active.step_s || active.step_s !== taken.step_s) return undefined;
  const { at, end } = active.newest;
  if (taken.newest.at !== at) return undefined;
  const given = newestOf('reactive_energy', 'export')?.newest;
  // What is given back counts against what is taken, of the same interval; another one would be a guess.
  if (given && given.at !== at) return undefined;
  const perHour = 3_600 / active.step_s;
  const [kw, kvar] = [Number(active.newest.value) * perHour, (Number(taken.newest.value) - Number(given?.value ?? 0)) * perHour];
  const kva = Math.hypot(kw, kvar);
  return { start: at, end, reactive_kvar: kvar, apparent_kva: kva, power_factor: kva > 0 ? Math.abs(kw) / kva : null };
}

/** Whether a dated row holds at an instant; null is an open end. */
export function holds(row: { readonly start: string | null; readonly end: string | null }, at: number): boolean {
  return (row.start === null || Date.parse(row.start) <= at) && (row.end === null || at < Date.parse(row.end));
}
