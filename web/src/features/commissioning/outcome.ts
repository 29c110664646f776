/** What a load did, out of the result of its job; what a newer server adds is left alone. */

export interface LoadedFile {
  readonly id: string;
  readonly file: string;
  readonly status: string;
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly refused: number;
}

export interface Outcome {
  readonly imports: readonly LoadedFile[];
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly refused: number;
  /** Sites that were made. */
  readonly sites: readonly string[];
  /** How many meters and points were made. */
  readonly meters: number;
}

const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

export function outcomeOf(result: Readonly<Record<string, unknown>>): Outcome {
  const imports = list(result['imports']).map((row): LoadedFile => {
    const facts = (row ?? {}) as Readonly<Record<string, unknown>>;
    return {
      id: text(facts['import_id']),
      file: text(facts['file']),
      status: text(facts['status']),
      added: number(facts['added']),
      changed: number(facts['changed']),
      unchanged: number(facts['unchanged']),
      refused: number(facts['refused']),
    };
  });
  const sum = (of: (file: LoadedFile) => number): number => imports.reduce((all, file) => all + of(file), 0);
  return {
    imports,
    added: sum(({ added }) => added),
    changed: sum(({ changed }) => changed),
    unchanged: sum(({ unchanged }) => unchanged),
    refused: sum(({ refused }) => refused),
    sites: list(result['sites']).map(text).filter((id) => id !== ''),
    meters: list(result['meters']).length + list(result['points']).length,
  };
}
