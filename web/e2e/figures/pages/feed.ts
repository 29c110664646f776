/** What both pages are fed with: 20 series of 15 minutes at a second, each a second further with each tick. */
export const SERIES = 20;
export const KEPT = 900;
export const SECOND = 1_000;

/** Deterministic, so that both pages draw the same lines. */
export const valueAt = (series: number, second: number): number =>
  120 + 40 * Math.sin((second + series * 37) / 60) + 6 * Math.sin((second * (series + 3)) / 7);

export interface Ticking {
  /** Brings every series one second further and draws it. */
  tick: () => void;
  /** Milliseconds of the main thread in `tick`; drawing that waits for the next frame is not in it. */
  spent: number[];
}

declare global {
  interface Window {
    ticking?: Ticking;
  }
}

export function panes(): HTMLElement[] {
  const grid = document.getElementById('panes');
  if (grid === null) throw new Error('no #panes');
  return Array.from({ length: SERIES }, () => grid.appendChild(document.createElement('div')));
}

export function offer(step: (second: number) => void): void {
  let second = KEPT;
  const spent: number[] = [];
  window.ticking = {
    spent,
    tick() {
      const began = performance.now();
      second += 1;
      step(second);
      spent.push(performance.now() - began);
    },
  };
}
