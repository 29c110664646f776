/** How a screen can look; the first is the usual. */
import type { PersonPreferences } from '../api/types';

export type Theme = PersonPreferences['theme'];
export type Density = PersonPreferences['density'];
export const THEMES: readonly Theme[] = ['system', 'light', 'dark'];
export const DENSITIES: readonly Density[] = ['comfortable', 'compact'];
