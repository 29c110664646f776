/** The head of every page, what stands behind its buttons, and what holds for all controls. */
export const shell = {
  'guarded.who': 'For: {who}',
} as const;
