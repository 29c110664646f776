/** The list of starred sites of a person. */

/** With a site added at its end, or taken out. */
export const toggled = (favourites: readonly string[], id: string): string[] =>
  favourites.includes(id) ? favourites.filter((one) => one !== id) : [...favourites, id];
