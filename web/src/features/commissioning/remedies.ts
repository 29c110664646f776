/** What a person can say about a file that is no table, beside the problem that asks for it. */
import type { UploadProblem, UploadedFile } from './upload';

export type Remedy = 'unit' | 'lenient';

const REMEDIES: Readonly<Record<string, Remedy>> = {
  unit_unknown: 'unit',
  header_missing: 'lenient',
  end_missing: 'lenient',
};

/** Place of a problem in the list -> what can be said there; once for each file. */
export function remediesOf(problems: readonly UploadProblem[], files: readonly UploadedFile[]): ReadonlyMap<number, Remedy> {
  const found = new Map<number, Remedy>();
  const told = new Set<string>();
  problems.forEach(({ file, code }, place) => {
    const remedy = REMEDIES[code];
    // A table has boxes of its own to say it in; NEM13 knows no lenient reading.
    const of = files.find((one) => one.file === file);
    if (remedy === undefined || of === undefined || of.proposal !== null || told.has(file)) return;
    if (remedy === 'lenient' && of.format !== 'nem12') return;
    told.add(file);
    found.set(place, remedy);
  });
  return found;
}
