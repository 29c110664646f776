/** The sentence on top of the Energy tab: what was used, and how that compares. */
import type { Consumption } from '../../api/types';
import { quantity, share } from '../../format/number';
import { isoDate, isoEdge, spanOf, type Calendar, type Chosen } from '../../format/period';
import { named, t, tn } from '../../format/text';
import { date, dateAndClock, local, monthLong, monthLongAndYear } from '../../format/time';
import type { Comparison } from './asked';

/** A change smaller than this is no change. */
const SAME = 0.005;

/** A period as the subject of a sentence: "November", "The 7 days to Wed 25 Nov 2026". */
export function periodAsSubject(chosen: Chosen, calendar: Calendar): string {
  const { zone, asOf } = calendar;
  const { from, to } = spanOf(chosen, calendar);
  if (chosen.kind === 'day') {
    return isoDate(from, zone) === isoDate(asOf, zone) && to > asOf + 1 ? t('energy.today') : date(from, zone);
  }
  if (chosen.kind === 'month') {
    return local(from, zone).year === local(asOf, zone).year ? monthLong(from, zone) : monthLongAndYear(from, zone);
  }
  if (chosen.kind === '7d') return t('energy.week', { date: date(to - 1, zone) });
  // A date alone where it is midnight.
  const isWhole = [from, to].every((at) => isoEdge(at, zone).length === 10);
  if (chosen.kind === 'custom' && !isWhole) return t('energy.stretch', { from: dateAndClock(from, zone), to: dateAndClock(to, zone) });
  if (chosen.kind === 'year') {
    const [first, last] = [local(from, zone).year, local(to - 1, zone).year];
    return t('energy.year', { years: first === last ? String(first) : `${first}–${String(last).slice(2)}` });
  }
  const key = chosen.kind === 'quarter' ? 'energy.quarter' : 'energy.dates';
  return t(key, { from: date(from, zone), to: date(to - 1, zone) });
}

/** What it was compared with, as the end of a sentence. */
function reference(comparison: Comparison, days: number, isRunning: boolean, otherName: string): string {
  if (typeof comparison === 'object') return t('energy.than.asset', { name: otherName });
  if (comparison === 'normal') return tn('energy.than.normal', days);
  // One day always says which: the matching weekday or holiday of last year, the day before.
  const isCounted = isRunning || days === 1;
  if (comparison === 'previous') return isCounted ? tn('energy.than.previous', days) : t('energy.than.previous.whole');
  return isCounted ? tn('energy.than.year', days) : t('energy.than.year.whole');
}

/** "6.2 % less than the same 24 days of last year", or why there is no such figure; empty where none is asked. */
export function changeWords(
  comparison: Comparison,
  summary: NonNullable<Consumption['comparison']>['summary'] | undefined,
  isRunning: boolean,
  otherName: string,
): { readonly change?: string; readonly why?: string } {
  if (summary === undefined || comparison === 'none') return {};
  const { change_share: change, common_days: days, sentence } = summary;
  // A stretch that holds no whole day will never hold one.
  if (summary.reason === 'nothing_elapsed' && !isRunning) return { why: t('energy.no_whole_day') };
  if (change === null) return { why: sentence };
  const than = reference(comparison, days, isRunning || days < summary.elapsed_days, otherName);
  if (Math.abs(change) < SAME) return { change: t('energy.same', { than }) };
  const key = change < 0 ? 'energy.less' : 'energy.more';
  return { change: t(key, { share: percent(Math.abs(change)), than }) };
}

/** A whole per cent from 10 on; one place below. */
const percent = (change: number): string => share(Math.round(change * (change >= 0.1 ? 100 : 1000)) / (change >= 0.1 ? 100 : 1000) + 1e-9);

export interface Told {
  readonly chosen: Chosen;
  readonly calendar: Calendar;
  readonly comparison: Comparison;
  readonly answer: Consumption;
  readonly otherName: string;
}

export function headline({ chosen, calendar, comparison, answer, otherName }: Told): string {
  const isRunning = spanOf(chosen, calendar).to > calendar.asOf + 1;
  const summary = answer.comparison?.summary;
  const words = changeWords(comparison, summary, isRunning, otherName);
  const total = answer.total === null ? null : Number(answer.total);
  const known = answer.sum.some((value) => value !== null);
  const subject = periodAsSubject(chosen, calendar);
  if (!known) return t('energy.headline.none', { period: subject });
  const parts = { period: subject, amount: quantity(total, answer.unit), carrier: named('carrier', answer.carrier).toLowerCase() };
  const used = t(isRunning ? 'energy.headline.running' : 'energy.headline', parts);
  const estimated = estimatedSentence(answer);
  if (words.change !== undefined && summary !== undefined) {
    // A change is told of the whole days that both sides hold: where those are not all of it, their amount stands by it.
    const ofDays = { amount: quantity(summary.this, answer.unit), change: words.change };
    const isAll = total === null || ofDays.amount === parts.amount;
    return isAll ? `${used}, ${words.change}.${estimated}` : `${used}. ${tn('energy.of_days', summary.common_days, ofDays)}${estimated}`;
  }
  return `${used}.${words.why ? ` ${words.why}` : ''}${estimated}`;
}

/** " 6 % of it is estimated.", where that is worth a word. */
function estimatedSentence({ sum, estimated_share: shares }: Consumption): string {
  let [all, guessed] = [0, 0];
  sum.forEach((value, i) => {
    all += Math.abs(value ?? 0);
    guessed += Math.abs(value ?? 0) * (shares[i] ?? 0);
  });
  return all > 0 && guessed / all >= SAME ? ` ${t('energy.estimated', { share: percent(guessed / all) })}` : '';
}
