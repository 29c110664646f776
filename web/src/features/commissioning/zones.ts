/** Zones to choose from: those of Australia first, then clocks without daylight saving, then all others. */
import { named } from '../../format/text';

export interface ZoneChoice {
  readonly zone: string;
  readonly text: string;
}

const HOME = [
  'Australia/Sydney',
  'Australia/Melbourne',
  'Australia/Brisbane',
  'Australia/Adelaide',
  'Australia/Perth',
  'Australia/Hobart',
  'Australia/Darwin',
] as const;
const FIXED = ['+10:00', '+09:30', '+08:00', 'UTC'] as const;

const place = (zone: string): ZoneChoice => ({ zone, text: zone.replaceAll('_', ' ') });

export const homeZones: readonly ZoneChoice[] = HOME.map(place);
export const fixedZones: readonly ZoneChoice[] = FIXED.map((zone) => ({ zone, text: named('zone', zone) }));
export const otherZones: readonly ZoneChoice[] = Intl.supportedValuesOf('timeZone')
  .filter((zone) => !(HOME as readonly string[]).includes(zone))
  .map(place);

/** Whether a zone stands in one of the lists, so that a select can show it. */
export const isListed = (zone: string): boolean =>
  [...homeZones, ...fixedZones, ...otherZones].some((choice) => choice.zone === zone);
