/** The sentence on top of a site: what it uses now, or what its newest day used. */
import { quantity } from '../../format/number';
import { named, t } from '../../format/text';
import { date, dateAndClock } from '../../format/time';

export interface SiteNow {
  readonly zone: string;
  readonly latestAt: number | undefined;
  readonly isToday: boolean;
  readonly powerKw: number | null;
  readonly todayKwh: number | null;
  readonly yesterdayKwh: number | null;
}

/** `today`, or `on Sat 31 Dec 2022`: goes inside titles and sentences. */
export const dayPhrase = (at: number, zone: string, isToday: boolean): string =>
  isToday ? t('site.today') : t('site.day', { date: date(at, zone) });

export function headline({ zone, latestAt, isToday, powerKw, todayKwh, yesterdayKwh }: SiteNow): string {
  if (latestAt === undefined) return t('site.headline.none');
  const energy = quantity(todayKwh, 'kWh');
  if (!isToday) return t('site.headline.latest', { date: dateAndClock(latestAt, zone), energy });
  const isFeeding = powerKw !== null && powerKw < 0;
  const power = quantity(isFeeding ? -powerKw : powerKw, 'kW');
  const first = isFeeding
    ? t('site.headline.feeding', { power, energy })
    : t('site.headline.live', { power, energy });
  return yesterdayKwh === null ? first : `${first} ${t('site.yesterday', { energy: quantity(yesterdayKwh, 'kWh') })}`;
}

/** The sentence for a carrier without a live power. */
export const carrierHeadline = (carrier: string, total: number | null, unit: string, day: string): string =>
  t('site.headline.carrier', { carrier: named('carrier', carrier), energy: quantity(total, unit), day });
