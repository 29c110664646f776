/** The part of `web/tokens.json` that charts draw with. */
import tokens from '../../tokens.json';
import type { ChartTokens } from './types';

export type Mode = 'light' | 'dark';
export type SeriesColour = 1 | 2 | 3 | 4 | 5 | 6;

const FONT = '12px "Inter Variable", system-ui, sans-serif';

export function chartTokens(mode: Mode, series: SeriesColour): ChartTokens {
  const { card, line, text, muted, context, band, warn, ...rest } = tokens.colour[mode];
  const palette = ([1, 2, 3, 4, 5, 6] as const).map((place) => rest[`series-${place}`]);
  const own = rest[`series-${series}`];
  return { card, line, text, muted, context, band, warn, series: own, palette, heat: tokens.heat, font: FONT };
}

/** A colour by its name, as it is on white paper. */
export const paperColour = (name: keyof typeof tokens.colour.light): string => tokens.colour.light[name];

/** The same colours for white paper. */
export const onPaper = ({ palette, series }: ChartTokens): ChartTokens =>
  chartTokens('light', ((palette.indexOf(series) + 1) || 1) as SeriesColour);
