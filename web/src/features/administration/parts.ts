/** The pages of administration, in the order they stand. */
export const PARTS = ['preferences', 'people', 'keys', 'jobs', 'record'] as const;
export type Part = (typeof PARTS)[number];
