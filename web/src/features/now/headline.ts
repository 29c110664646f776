/** The sentences on top of an object: what it uses now, or what its newest day used, against what is normal. */
import type { SoFar } from '../../charts/normal';
import { quantity, wholePercent } from '../../format/number';
import { named, t } from '../../format/text';
import { clock, date, dateAndClock, weekday } from '../../format/time';

/** Below this a difference is no news: two meters of one class differ as much. */
const NOTHING = 0.02;
/** From this on it is worth a word which part makes it up. */
const TOLD = 0.05;
/** Below this share of the elapsed time a change is explained, not told. */
const ENOUGH = 0.95;

export interface Usual {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** A part of the object, and how far it stands over its own normal. [rate unit] */
export interface Excess {
  readonly name: string;
  readonly excess: number;
}

/** `31 % more than normal`, `12 % less than normal`, `as much as normal`. */
export function change(share: number): string {
  if (Math.abs(share) < NOTHING) return t('now.same');
  const size = wholePercent(Math.abs(share));
  return share > 0 ? t('now.more', { size }) : t('now.less', { size });
}

export interface Moment {
  readonly zone: string;
  /** When the figure is of. [ms] */
  readonly at: number;
  readonly rate: number;
  readonly unit: string;
  readonly usual: Usual | undefined;
  readonly isGiving: boolean;
  /** Whether the figure is what happens now, or the last that was heard today. */
  readonly isLive: boolean;
  readonly parts: readonly Excess[];
}

/** What an object takes at a moment of today: "Using 240 kW, 31 % more than normal for a Tuesday 10:00." */
export function momentSentence({ zone, at, rate, unit, usual, isGiving, isLive, parts }: Moment): string {
  const isFeeding = rate < 0;
  const figure = quantity(Math.abs(rate), unit);
  const time = { weekday: weekday(at, zone), clock: clock(at, zone) };
  if (isLive && rate === 0) {
    const verb = t(isGiving ? 'now.verb.giving' : 'now.verb.using');
    return usual === undefined || usual.mean <= 0
      ? t('now.nothing.usual', { verb, ...time })
      : t('now.nothing', { verb, usual: quantity(usual.mean, unit), ...time });
  }
  const first = isLive
    ? isFeeding
      ? t('now.feeding', { figure })
      : isGiving
        ? t('now.giving', { figure })
        : t('now.using', { figure })
    : t('now.last', { figure, clock: time.clock });
  if (usual === undefined) return `${first}.`;
  if (isFeeding || usual.mean <= 0) {
    return `${first}${t('now.usually', { usual: quantity(usual.mean, unit), ...time })}`;
  }
  const share = rate / usual.mean - 1;
  const sentence = `${first}, ${t('now.for', { change: change(share), ...time })}`;
  const mostly = share >= TOLD ? mostlySentence(rate - usual.mean, parts, unit) : '';
  return mostly === '' ? sentence : `${sentence} ${mostly}`;
}

/** Which part makes up most of what is over normal; empty where none does. */
export function mostlySentence(excess: number, parts: readonly Excess[], unit: string): string {
  const over = parts.filter((part) => part.excess > 0).sort((a, b) => b.excess - a.excess);
  const [first, second] = over;
  if (first === undefined || excess <= 0) return '';
  const figure = (part: Excess): string => t('now.part', { name: part.name, excess: quantity(part.excess, unit) });
  if (first.excess >= excess / 2) return t('now.mostly', { part: figure(first) });
  if (first.excess < excess / 5) return '';
  return second !== undefined && second.excess >= excess / 5
    ? t('now.partly_two', { first: figure(first), second: figure(second) })
    : t('now.partly', { part: figure(first) });
}

/** What a day used, so far or whole, against the same stretch of a normal one. */
export interface DaySoFar {
  readonly zone: string;
  /** Start of the day. [ms] */
  readonly day: number;
  readonly isToday: boolean;
  /** Whether the day is known to its end. */
  readonly isWhole: boolean;
  readonly total: number | null;
  readonly unit: string;
  readonly soFar: SoFar | undefined;
  readonly hasHistory: boolean;
  /** Whether the figures are what it gives, as a solar roof does. */
  readonly isGiving?: boolean;
}

/** Why a day is not compared; undefined where it is. */
export function notCompared({ soFar, hasHistory }: Pick<DaySoFar, 'soFar' | 'hasHistory'>): string | undefined {
  if (!hasHistory) return t('now.no_history');
  if (soFar === undefined) return t('now.nothing_yet');
  if (soFar.coverage < ENOUGH) return t('now.gaps', { share: wholePercent(soFar.coverage) });
  if (soFar.change === null) return t('now.usually_nothing');
  return undefined;
}

/** "Today so far: 186 kWh, 4 % less than the same hours of a normal Thursday (194 kWh)." */
export function todaySentence(of: DaySoFar, subject = t('now.today')): string {
  const { zone, day, total, unit, soFar } = of;
  const energy = quantity(total, unit);
  const reason = notCompared(of);
  if (reason !== undefined || soFar?.change === null || soFar === undefined) {
    return `${subject}: ${energy}. ${reason ?? ''}`.trim();
  }
  const than = { weekday: weekday(day, zone), usual: quantity(soFar.usual, unit), clock: clock(soFar.until, zone) };
  return t('now.today.against', { subject, energy, change: changeFrom(soFar.change), ...than });
}

/** `4 % less than`, `the same as`: what stands before "a normal Thursday". */
export function changeFrom(share: number): string {
  if (Math.abs(share) < NOTHING) return t('now.same_as');
  const size = wholePercent(Math.abs(share));
  return share > 0 ? t('now.more_than', { size }) : t('now.less_than', { size });
}

/** "Newest data: Sat 31 Dec 2022 23:00. That day used 9 % more than a normal Saturday." */
export function latestSentence(newestAt: number, of: DaySoFar): string {
  const { zone, day, isWhole, total, unit, soFar, isGiving = false } = of;
  const verb = t(isGiving ? 'now.verb.gave' : 'now.verb.used');
  const newest = t('now.newest', { date: dateAndClock(newestAt, zone) });
  const energy = quantity(total, unit);
  const reason = notCompared(of);
  if (reason !== undefined || soFar === undefined || soFar.change === null) {
    return `${newest} ${t('now.day', { verb, energy })} ${reason ?? ''}`.trim();
  }
  const words = { verb, energy, weekday: weekday(day, zone), change: changeFrom(soFar.change) };
  return isWhole
    ? `${newest} ${t('now.day.against', words)}`
    : `${newest} ${t('now.day.part', { ...words, clock: clock(soFar.until, zone) })}`;
}

/** For what has no rate: "Gas today so far: 1.2 GJ, 4 % less than a normal Thursday ..." */
export const amountSentence = (carrier: string, of: DaySoFar): string =>
  todaySentence(of, t('now.today.of', { carrier: named('carrier', carrier) }));

/** `today`, or `on Sat 31 Dec 2022`: goes inside titles and sentences. */
export const dayPhrase = (at: number, zone: string, isToday: boolean): string =>
  isToday ? t('now.title.today') : t('now.title.day', { date: date(at, zone) });
