/** What is asked of the server for the use of an object now: the object's own sum, or its one meter. */
import type { AssetCard, Carrier, MeterCard } from '../../api/types';
import type { Asking } from '../../live/consumption';
import { assetTopic, meterTopic } from '../../live/feed';

export interface Source {
  /** The asset that the consumption route is asked about. */
  readonly assetId: string;
  readonly asking: Asking;
  /** Where its live values come from, and under which name. */
  readonly topic: string;
  readonly metric: string;
  /** Where the figure is what the object gives, not what it takes. */
  readonly isGiving: boolean;
}

/** The name that the live feed has for the rate of a carrier. */
const METRICS: Readonly<Record<string, string>> = {
  electricity: 'power_kw',
  heat: 'power_kw',
  cooling: 'power_kw',
  gas: 'fuel_mj_per_h',
  water: 'volume_m3_per_h',
};

/** Of an asset several carriers may be counted in kWh: the feed's plain name is electricity's. */
const METRICS_OF_ASSETS: Readonly<Record<string, string>> = {
  ...METRICS,
  heat: 'heat_power_kw',
  cooling: 'cooling_power_kw',
  steam: 'steam_power_kw',
};

const metricOf = (carrier: Carrier, isGiving: boolean): string =>
  isGiving ? 'export_kw' : (METRICS[carrier] ?? 'power_kw');

/**
 * An asset is measured by its boundary meters, or else by the sum of what is below it. One that has only a meter
 * of another role (a chiller on a sub-meter, a solar roof) is shown by that meter.
 */
export function sourceOfAsset(card: AssetCard, carrier: Carrier): Source {
  const own = card.meters.filter((meter) => meter.is_there && meter.carrier === carrier);
  const [first] = own;
  if (first === undefined || own.some(({ role }) => role === 'boundary')) {
    const metric = METRICS_OF_ASSETS[carrier] ?? 'power_kw';
    return { assetId: card.id, asking: { carrier }, topic: assetTopic(card.id), metric, isGiving: false };
  }
  const shown = own.find(({ role }) => role === 'sub') ?? own.find(({ role }) => role === 'generation') ?? first;
  const isGiving = shown.role === 'generation';
  return {
    assetId: card.id,
    asking: { carrier, meter: shown.meter_id, ...(isGiving ? { direction: 'export' as const } : {}) },
    topic: meterTopic(shown.meter_id),
    metric: metricOf(carrier, isGiving),
    isGiving,
  };
}

/** A meter is asked for at the site it stands on; undefined where it has not been placed. */
export function sourceOfMeter(card: MeterCard): Source | undefined {
  if (card.site_id === null) return undefined;
  const { carrier } = card;
  const directions = new Set(card.series.map(({ direction }) => direction));
  const isGiving = directions.has('export') && !directions.has('import') && !directions.has('net');
  return {
    assetId: card.site_id,
    asking: { carrier, meter: card.id, ...(isGiving ? { direction: 'export' as const } : {}) },
    topic: meterTopic(card.id),
    metric: metricOf(carrier, isGiving),
    isGiving,
  };
}
