/** Loads of readings: who, when, what became of it, and taking it back. */
export const imports = {
  'imports.status': 'State',
  'imports.added': 'Added',
  'imports.changed': 'Changed',
  'imports.unchanged': 'There already',
  'imports.refused': 'Refused',
  'imports.status.running': 'running',
  'imports.status.done': 'loaded',
  'imports.status.partial': 'loaded in part',
  'imports.status.refused': 'refused',
  'imports.status.failed': 'did not work',
  'imports.status.undone': 'taken back',
} as const;
