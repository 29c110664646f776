/** Dates without a clock: `2026-11-25` inside, `25/11/2026` for people. */
import { DAY } from './time';

const two = (value: number): string => String(value).padStart(2, '0');

const isoOf = (year: number, month: number, day: number): string | undefined => {
  const made = new Date(Date.UTC(year, month - 1, day));
  const isReal = made.getUTCFullYear() === year && made.getUTCMonth() === month - 1 && made.getUTCDate() === day;
  return isReal && year >= 1990 && year <= 2200 ? `${year}-${two(month)}-${two(day)}` : undefined;
};

/** `25/11/2026`, `25.11.2026`, `25 11 26` or `2026-11-25`; undefined for a day that does not exist. */
export function dateOfText(text: string): string | undefined {
  const iso = /^\s*(\d{4})-(\d{1,2})-(\d{1,2})\s*$/.exec(text);
  if (iso !== null) return isoOf(Number(iso[1]), Number(iso[2]), Number(iso[3]));
  const found = /^\s*(\d{1,2})[/. -](\d{1,2})[/. -](\d{4}|\d{2})\s*$/.exec(text);
  if (found === null) return undefined;
  const year = Number(found[3]);
  return isoOf(year < 100 ? 2000 + year : year, Number(found[2]), Number(found[1]));
}

/** As people write it here; empty for nothing. */
export function dateText(iso: string): string {
  const [year, month, day] = iso.slice(0, 10).split('-');
  return day === undefined ? '' : `${day}/${month}/${year}`;
}

/** Some days later. */
export function shifted(iso: string, days: number): string {
  return new Date(Date.parse(`${iso.slice(0, 10)}T00:00Z`) + days * DAY).toISOString().slice(0, 10);
}
