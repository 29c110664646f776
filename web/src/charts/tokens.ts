/** The part of `web/tokens.json` that charts draw with. */
import tokens from '../../tokens.json';
import type { ChartTokens } from './types';

export type Mode = 'light' | 'dark';
export type SeriesColour = 1 | 2 | 3 | 4 | 5 | 6;

const FONT = '12px "Inter Variable", system-ui, sans-serif';

export function chartTokens(mode: Mode, series: SeriesColour): ChartTokens {
  const { card, line, muted, context, band, ...rest } = tokens.colour[mode];
  return { card, line, muted, context, band, series: rest[`series-${series}`], heat: tokens.heat, font: FONT };
}
