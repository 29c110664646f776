/** The way into a period and back: each zoom remembers where it came from, until somebody goes elsewhere. */
import { addressOf, type Chosen } from '../../format/period';

export interface Zoom {
  /** Whether the page shows where the last zoom led. */
  readonly isIn: boolean;
  readonly into: (next: Chosen) => void;
  readonly back: () => void;
}

export function zooming(query: () => URLSearchParams, go: (href: string) => void): Zoom {
  let steps = $state.raw<readonly { readonly before: string; readonly after: string }[]>([]);
  return {
    get isIn() {
      return steps.at(-1)?.after === `?${query().toString()}`;
    },
    into(next) {
      const [before, after] = [`?${query().toString()}`, addressOf(query(), next)];
      if (before === after) return;
      steps = [...steps.filter((step) => step.after !== after), { before, after }];
      go(after);
    },
    back() {
      const step = steps.at(-1);
      if (step === undefined) return;
      steps = steps.slice(0, -1);
      go(step.before);
    },
  };
}
