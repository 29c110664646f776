/** Where the time axis has its marks: on local hours and months, whatever daylight saving does. */
import { DAY, HOUR, clock, dayAndMonth, dayStart, instant, local, monthName, zoneInWords } from '../format/time';

const HOUR_STEPS = [1, 2, 3, 4, 6, 12, 24];
const MONTH_STEPS = [1, 2, 3, 4, 6, 12];

/** The smallest step that keeps at most `most` marks. */
const widest = (steps: readonly number[], span: number, most: number): number =>
  steps.find((step) => span / step <= most) ?? steps.at(-1) ?? 1;

/** Local hours inside a period of hours or days. [ms] */
export function hourTicks(from: number, to: number, zone: string, most: number): number[] {
  const step = widest(HOUR_STEPS, (to - from) / HOUR, Math.max(1, most));
  const ticks: number[] = [];
  for (let day = dayStart(from, zone); day < to; day = dayStart(day, zone, 1)) {
    const { year, month, day: date } = local(day, zone);
    for (let hour = 0; hour < 24; hour += step) ticks.push(instant(year, month, date, hour, zone));
  }
  ticks.push(to);
  return [...new Set(ticks)].filter((at) => at >= from && at <= to).sort((a, b) => a - b);
}

const DAY_STEPS = [1, 2, 3, 7, 14, 28];

/** Local midnights inside a period of days or weeks. [ms] */
export function dayTicks(from: number, to: number, zone: string, most: number): number[] {
  const step = widest(DAY_STEPS, (to - from) / DAY, Math.max(1, most));
  const ticks: number[] = [];
  for (let day = dayStart(from, zone); day < to; day = dayStart(day, zone, step)) if (day >= from) ticks.push(day);
  return ticks;
}

/** Firsts of months inside a period of months. [ms] */
export function monthTicks(from: number, to: number, zone: string, most: number): number[] {
  const step = widest(MONTH_STEPS, (to - from) / (30 * DAY), Math.max(1, most));
  const { year, month } = local(from, zone);
  const ticks: number[] = [];
  for (let ahead = 0; ahead <= 12 * ((to - from) / (365 * DAY) + 1); ahead++) {
    const at = instant(year, month + ahead, 1, 0, zone);
    if ((month + ahead - 1) % step === 0 && at >= from && at <= to) ticks.push(at);
  }
  return ticks;
}

const isHours = (span: number): boolean => span <= 2.5 * DAY;
const isDays = (span: number): boolean => span <= 100 * DAY;

/** Marks of any period: hours, days or months, as its length wants. [ms] */
export function timeTicks(from: number, to: number, zone: string, most: number): number[] {
  const ticks = isHours(to - from) ? hourTicks : isDays(to - from) ? dayTicks : monthTicks;
  return ticks(from, to, zone, most);
}

export const timeText = (at: number, zone: string, span: number): string =>
  isHours(span) ? clock(at, zone) : isDays(span) ? dayAndMonth(at, zone) : monthName(at, zone);

/** Room that a mark of time needs. [px] */
export const LABEL_WIDTH = 56;
/** Room for the marks of value where charts stand under each other: time begins at the same place in all. [px] */
const LINKED = 63;

/** Room for the marks of value. [px] */
export const axisRoom = (labels: readonly string[], isLinked: boolean): number =>
  Math.max(14 + 7 * Math.max(2, ...labels.map(({ length }) => length)), isLinked ? LINKED : 0);

/** The zone under the axis. A year crosses daylight saving, so the short name of its first day would be half wrong. */
export const zoneOf = ({ from, to, zone }: { readonly from: number; readonly to: number; readonly zone: string }): string =>
  zoneInWords(from, zone, { withShort: to - from < 60 * DAY });
