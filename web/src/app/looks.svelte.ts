/**
 * How the screen looks: light or dark, roomy or dense. The account holds the choice; this device remembers it, so
 * that the first paint is right before the server has answered.
 */
import type { Mode } from '../charts/tokens';
import { DENSITIES, THEMES, type Density, type Theme } from '../ui/looks';

const device = window.matchMedia('(prefers-color-scheme: dark)');

function remembered<Choice extends string>(key: string, choices: readonly Choice[], usual: Choice): Choice {
  try {
    return choices.find((choice) => choice === window.localStorage.getItem(key)) ?? usual;
  } catch {
    // Storage is refused in some private windows; the device decides then.
    return usual;
  }
}

function remember(key: string, choice: string): void {
  try {
    window.localStorage.setItem(key, choice);
  } catch {
    // Kept for this page only.
  }
}

let theme = $state<Theme>(remembered('aegrid.theme', THEMES, 'system'));
let density = $state<Density>(remembered('aegrid.density', DENSITIES, 'comfortable'));
let isDeviceDark = $state(device.matches);
device.addEventListener('change', ({ matches }) => {
  isDeviceDark = matches;
});

function apply(): void {
  const { dataset } = document.documentElement;
  if (theme === 'system') delete dataset['theme'];
  else dataset['theme'] = theme;
  dataset['density'] = density;
}
apply();

/** Shows what was chosen, here and at the next start. */
export function wear(chosen: { readonly theme: Theme; readonly density: Density }): void {
  theme = chosen.theme;
  density = chosen.density;
  apply();
  remember('aegrid.theme', theme);
  remember('aegrid.density', density);
}

export const looks = {
  /** Light or dark, as it is drawn now. */
  get mode(): Mode {
    return theme === 'system' ? (isDeviceDark ? 'dark' : 'light') : theme;
  },
};
