/** The way of an upload; files that say everything themselves have no columns to look at. */
import type { Upload } from './upload';

export type Step = 'files' | 'columns' | 'meters' | 'check' | 'done';

export const stepsOf = ({ files }: Pick<Upload, 'files'>): readonly Step[] =>
  files.some(({ proposal }) => proposal !== null)
    ? ['files', 'columns', 'meters', 'check', 'done']
    : ['files', 'meters', 'check', 'done'];
