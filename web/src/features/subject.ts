/** What an object page is about: read once by the shell, handed to each of its screens. */
import type { AssetCard, MeterCard } from '../api/types';
import { dayStart } from '../format/time';
import type { Action } from './rights';
import type { ObjectKind, ScreenProps } from './screen';

export interface Subject {
  readonly kind: ObjectKind;
  readonly id: string;
  readonly name: string;
  /** The site it belongs to; undefined for a meter that has not been placed. */
  readonly siteId: string | undefined;
  readonly siteName: string | undefined;
  /** All its times are in this zone. */
  readonly zone: string;
  /** From the site down to what it hangs on; what may not be seen is left out. */
  readonly trail: AssetCard['trail'];
  /** Of the meters on it and below it, in the order of the product. */
  readonly carriers: AssetCard['carriers'];
  /** Newest interval with a value, one row for each carrier. */
  readonly newest: AssetCard['newest'];
  readonly floorAreaM2: number | undefined;
  /** What may be done to it. */
  readonly may: readonly Action[];
  /** All facts of a site or an asset: children, meters, points. */
  readonly asset: AssetCard | undefined;
  /** All facts of a meter: registers, places, devices, formula. */
  readonly meter: MeterCard | undefined;
}

/** The props of a screen of a site, an asset or a meter: what it is about is there before the screen is. */
export interface ObjectScreenProps extends ScreenProps {
  readonly subject: Subject;
  /** Reads it again: after a change of the register. */
  readonly reload: () => void;
}

export const subjectOfAsset = (card: AssetCard): Subject => ({
  kind: card.id === card.site_id ? 'site' : 'asset',
  id: card.id,
  name: card.name,
  siteId: card.site_id,
  siteName: card.site_name,
  zone: card.timezone,
  trail: card.trail,
  carriers: card.carriers,
  newest: card.newest,
  floorAreaM2: card.floor_area_m2 ?? undefined,
  may: card.may,
  asset: card,
  meter: undefined,
});

export const subjectOfMeter = (card: MeterCard): Subject => ({
  kind: 'meter',
  id: card.id,
  name: card.name,
  siteId: card.site_id ?? undefined,
  siteName: card.site_name ?? undefined,
  zone: card.timezone,
  trail: card.trail,
  carriers: card.carriers,
  newest: card.newest,
  floorAreaM2: undefined,
  may: card.may,
  asset: undefined,
  meter: card,
});

/** The carriers that the organisation wants to see, in its order; all that flow where it wants none of them. */
export function offered<Name extends string>(flowing: readonly Name[], wanted: readonly string[]): readonly Name[] {
  const order = (name: Name): number => wanted.indexOf(name);
  const chosen = flowing.filter((name) => order(name) >= 0);
  return chosen.length === 0 ? flowing : chosen.sort((a, b) => order(a) - order(b));
}

/** What a page is about, with the carriers that it offers. */
export const offering = (subject: Subject, wanted: readonly string[]): Subject => ({
  ...subject,
  carriers: [...offered(subject.carriers, wanted)],
});

/** The carrier an address asks for, if it flows here; else the first that does. */
export const carrierOf = (subject: Subject, query: URLSearchParams): Subject['carriers'][number] | undefined =>
  subject.carriers.find((carrier) => carrier === query.get('carrier')) ?? subject.carriers[0];

/** The end of the newest interval of a carrier; undefined where nothing has been heard. [ms] */
export function newestEnd(subject: Subject, carrier: string | undefined): number | undefined {
  const end = subject.newest.find((row) => row.carrier === carrier)?.end;
  return end === undefined || end === null ? undefined : Date.parse(end);
}

/**
 * What relative periods hang on: now, or the newest local day that has ended with its readings, if that is earlier.
 * A day whose last interval is in the store counts as whole; the instant is its last. [ms]
 */
export function asOf(subject: Subject, carrier: string | undefined, now: number): number {
  const end = newestEnd(subject, carrier);
  if (end === undefined) return now;
  // Live data: today runs, and a period that holds today runs with it.
  if (dayStart(end, subject.zone) >= dayStart(now, subject.zone)) return now;
  return end === dayStart(end, subject.zone) ? end - 1 : Math.max(0, dayStart(end, subject.zone) - 1);
}
