/** How a screen can look; the first is the usual. */
export const THEMES = ['system', 'light', 'dark'] as const;
export const DENSITIES = ['comfortable', 'compact'] as const;
export type Theme = (typeof THEMES)[number];
export type Density = (typeof DENSITIES)[number];

export interface Looks {
  readonly theme: Theme;
  readonly density: Density;
}
