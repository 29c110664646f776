/** Registers, totals and problems of an upload in words. */
import { LOCALE, UNKNOWN, quantity, short, unitName } from '../../format/number';
import { duration } from '../../format/duration';
import { known, named, t, tn } from '../../format/text';
import { clock, date, MINUTE } from '../../format/time';
import type { Register, UploadProblem, UploadedFile } from './upload';

/** What flows which way: `Electricity, used`, `Reactive energy, returned`, `Temperature`. */
export function flow({ carrier, direction, quantity: what }: Register): string {
  const name = what === 'energy' || carrier === 'gas' || carrier === 'water' ? known('carrier', carrier) : undefined;
  const thing = name ?? named('upload.quantity', what);
  if (!['energy', 'reactive_energy', 'apparent_energy', 'fuel_energy', 'volume'].includes(what)) return thing;
  return t('upload.flow', { thing, way: named('upload.direction', direction) });
}

/** `15 min`, `1 h`, `1 day`, or that the lengths differ. */
export function interval(register: Pick<Register, 'step_s' | 'kind'>): string {
  if (register.kind === 'cumulative') return t('upload.counter');
  return register.step_s === null ? t('upload.irregular') : step(register.step_s);
}

export function step(seconds: number): string {
  const days = seconds / 86_400;
  return Number.isInteger(days) ? tn('duration.days', days) : duration(seconds * 1000);
}

/** The total of a register. Counters and measurements have none: their readings do not add up. */
export function total({ total: text, unit, kind }: Register): string {
  const value = Number(text);
  return kind !== 'interval' || text === '' ? UNKNOWN : quantity(value, unit);
}

export const unit = (register: Register): string => unitName(register.unit);

/** The zone that a register's times are shown in: that of its place or file where one is known, else UTC. */
export const zoneOf = (register: Register, file: UploadedFile): string => {
  const zone = register.clock_days?.zone ?? file.proposal?.zone ?? '';
  return zone.includes('/') ? zone : 'UTC';
};

/** `14 Mar 2005`: a table of years needs no weekday. */
const day = (at: number, zone: string): string => date(at, zone).replace(/^\S+ /, '').replaceAll(' ', '\u00a0');

/** From and to as dates; the end is the instant after the last reading, so that it is told as the day before. */
export function period(register: Register, zone: string): string {
  if (register.start === null || register.end === null) return UNKNOWN;
  const start = Date.parse(register.start);
  const end = Math.max(start, Date.parse(register.end) - MINUTE);
  const [from, to] = [day(start, zone), day(end, zone)];
  if (from !== to) return t('upload.period', { from, to });
  return t('upload.period.day', { day: from, from: clock(start, zone), to: clock(end + MINUTE, zone) });
}

/** Share of readings that are anything but measured, or nothing. */
export function notActual({ quality, readings }: Register): string | undefined {
  const odd = Object.entries(quality).filter(([word]) => word !== 'actual');
  const count = odd.reduce((sum, [, n]) => sum + n, 0);
  if (count === 0 || readings === 0) return undefined;
  const words = odd.map(([word]) => named('quality', word)).join(', ');
  return t('upload.not_actual', { share: short((count / readings) * 100), words });
}

/** Where in a file a problem stands: `line 12, column 3`; empty where it is about the whole file. */
export function where({ line, column }: Pick<UploadProblem, 'line' | 'column'>): string {
  if (line === 0) return '';
  return column === 0 ? t('problem.line', { line }) : t('problem.line_column', { line, column });
}

/** What a person can do about a problem. */
export const advice = (code: string): string => known('advice', code) ?? t('advice.other');

export const bytes = (size: number): string =>
  size < 1024 * 1024
    ? `${Math.max(1, Math.round(size / 1024)).toLocaleString(LOCALE)}\u00a0kB`
    : `${short(size / 1024 / 1024)}\u00a0MB`;

/** A remark of the check: the server's sentence, with figures as they are written here. */
export function remark({ code, params, text }: Register['plausibility'][number]): string {
  const [amount, rate, unit] = [params['amount'], params['rate'], params['unit']].map(String);
  if (code === 'load_a_year') return t('finding.year', { amount: quantity(Number(amount), unit ?? '') });
  if (code === 'load_peak') return t('finding.peak', { rate: quantity(Number(rate), unit ?? '') });
  return text;
}

/** Local days of 23 or 25 hours: how many there are, and those that lack readings. */
export function clockDays({ clock_days: days }: Register): string {
  if (days === null) return UNKNOWN;
  if (days.days === 0) return t('check.clocks.none');
  if (days.wrong.length === 0) return tn('check.clocks.right', days.days);
  return t('check.clocks.wrong', { days: days.wrong.map((on) => day(Date.parse(on), 'UTC')).join(', ') });
}

/** `3 gaps, 2.1 h`. */
export const gaps = ({ gaps: { count, hours } }: Register): string =>
  count === 0 ? t('check.gaps.none') : tn('check.gaps.some', count, { hours: short(hours) });
