/** The pages of administration, in the order they stand. */
export const PARTS = ['preferences'] as const;
export type Part = (typeof PARTS)[number];
