/** How tall a carpet is, known before its figures are, so that its place can be kept. */

export const [TOP, AXIS] = [20, 22];
/** The key of the colours under it. [px] */
const KEY = 28;
/** Rows grow with the room there is, and stay tall enough to be told apart. [px] */
const [SMALLEST, TALLEST, FIELD] = [1.5, 24, 400];

export const rowOf = (days: number): number => Math.min(TALLEST, Math.max(SMALLEST, FIELD / days));

/** [px] */
export const heightOf = (days: number): number => Math.ceil(TOP + rowOf(days) * days + AXIS + KEY);
