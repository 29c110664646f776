/** Light or dark: as the device says, or as the user chose on this device. */
import type { Mode } from '../charts/tokens';

export type Choice = 'system' | Mode;
export const CHOICES: readonly Choice[] = ['system', 'light', 'dark'];

const KEY = 'aegrid.theme';
const device = window.matchMedia('(prefers-color-scheme: dark)');

function stored(): Choice {
  try {
    return CHOICES.find((choice) => choice === window.localStorage.getItem(KEY)) ?? 'system';
  } catch {
    // Storage is refused in some private windows; the device decides then.
    return 'system';
  }
}

let choice = $state<Choice>(stored());
let isDeviceDark = $state(device.matches);
device.addEventListener('change', ({ matches }) => {
  isDeviceDark = matches;
});

function apply(): void {
  if (choice === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = choice;
}
apply();

export const theme = {
  get choice(): Choice {
    return choice;
  },
  set choice(next: Choice) {
    choice = next;
    apply();
    try {
      window.localStorage.setItem(KEY, next);
    } catch {
      // Kept for this page only.
    }
  },
  get mode(): Mode {
    return choice === 'system' ? (isDeviceDark ? 'dark' : 'light') : choice;
  },
};
