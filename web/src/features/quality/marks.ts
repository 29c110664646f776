/** The shapes of the marks, drawn alike on the canvas and in the legend; in a box of 10 by 10. */
import type { Mark } from './figures';

export const SHAPES: Readonly<Record<Mark, { readonly path: string; readonly isFilled: boolean }>> = {
  suspect: { path: 'M5 1 L9.3 9 L0.7 9 Z', isFilled: true },
  stuck: { path: 'M5 0.8 L9.2 5 L5 9.2 L0.8 5 Z', isFilled: false },
  estimated: { path: 'M1.5 1.5 H8.5 V8.5 H1.5 Z M4 4 H6 V6 H4 Z', isFilled: false },
  late: { path: 'M8.7 5 A3.7 3.7 0 1 1 5 1.3 M5 2.6 V5 L6.8 6.4', isFilled: false },
};
