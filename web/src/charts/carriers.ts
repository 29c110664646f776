/** Colour belongs to the carrier, never to its place in a list; and how a carrier's figures are drawn. */
import type { SeriesColour } from './tokens';

const COLOURS: Readonly<Record<string, SeriesColour>> = {
  electricity: 1,
  gas: 2,
  heat: 3,
  cooling: 4,
  water: 5,
};

export const colourOf = (carrier: string): SeriesColour => COLOURS[carrier] ?? 6;

/** Electricity is power in kW and energy in kWh; other carriers are amounts per bucket in their own unit. */
export const isRate = (carrier: string): boolean => carrier === 'electricity';
