/** Numbers as people type them here: `1,234.5`, `1234.5`, `−3`; a comma only where it parts thousands. */
export function typedNumber(text: string): number | undefined {
  const bare = text.trim().replaceAll('\u2212', '-').replaceAll(/[ \u00a0]/g, '');
  if (!/^-?(\d+|\d{1,3}(,\d{3})+)?(\.\d+)?$/.test(bare) || !/\d/.test(bare)) return undefined;
  const value = Number(bare.replaceAll(',', ''));
  return Number.isFinite(value) ? value : undefined;
}
