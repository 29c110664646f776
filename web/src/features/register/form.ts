/** What forms of the register have in common: refusals beside their fields, instants, keys, tags. */
import { ApiError } from '../../api/client';
import { edge } from '../../format/period';
import { refusal, type Refusal } from '../../format/problem';
import { isoEdge } from '../../format/period';
import { RowRefusal } from './writes';

/** [id of the field, sentence] */
export type FieldErrors = readonly (readonly [id: string, text: string])[];

export interface Outcome {
  /** Beside their fields. */
  readonly errors: FieldErrors;
  /** For the form as a whole. */
  readonly failed: Refusal | undefined;
  readonly isSignedOut: boolean;
}

/** Which field a refusal is about, by its code. */
const FIELDS: Readonly<Record<string, string>> = {
  exchange_in_future: 'at',
  exchange_before_install: 'at',
  exchange_overlaps: 'at',
  exchange_gap: 'at',
  exchange_same_serial: 'serial',
  exchange_read_below_first: 'last_read',
  exchange_read_below_held: 'last_read',
  exchange_read_beyond_register: 'last_read',
  nmi_taken: 'nmi',
  nmi_invalid: 'nmi',
  external_id_taken: 'external_id',
  assignment_later: 'start',
  reason_missing: 'reason',
  formula_of_real_meter: 'terms',
  unknown_input: 'terms',
  virtual_cycle: 'terms',
  virtual_without_inputs: 'terms',
  virtual_mixes_carriers: 'terms',
  virtual_mixes_units: 'terms',
  virtual_term_twice: 'terms',
  virtual_input_direction: 'terms',
  virtual_input_empty: 'terms',
  virtual_coefficient_not_finite: 'terms',
  virtual_versions_overlap: 'start',
};

/**
 * What became of a form that was sent.
 *
 * Args:
 *   prefix: Ids of the form's fields are `prefix-field`.
 *   fields: Those that the form has; a refusal about another one stands for the whole.
 */
export function outcomeOf(thrown: unknown, prefix: string, fields: readonly string[]): Outcome {
  if (thrown instanceof RowRefusal) {
    const [here, elsewhere] = [thrown.problems.filter(has), thrown.problems.filter((problem) => !has(problem))];
    return {
      errors: here.map(({ column, text }) => [`${prefix}-${column}`, text]),
      failed: elsewhere.length > 0 ? { text: elsewhere.map(({ text }) => text).join(' '), trace: undefined } : undefined,
      isSignedOut: false,
    };
  }
  function has({ column }: { readonly column: string }): boolean {
    return fields.includes(column);
  }
  if (thrown instanceof ApiError && thrown.status === 401) return { errors: [], failed: undefined, isSignedOut: true };
  const said = refusal(thrown);
  const field = thrown instanceof ApiError ? (FIELDS[thrown.code] ?? namedField(thrown, fields)) : undefined;
  if (field !== undefined && fields.includes(field)) {
    return { errors: [[`${prefix}-${field}`, said.text]], failed: undefined, isSignedOut: false };
  }
  return { errors: [], failed: said, isSignedOut: false };
}

/** A plain check of a value says `field: reason.` */
function namedField({ detail }: ApiError, fields: readonly string[]): string | undefined {
  return fields.find((field) => detail?.split(':')[0]?.split('.').at(-1) === field);
}

const CLOCK = /^([01]?\d|2[0-3])[:.]?([0-5]\d)$/;

/** An instant of a date and a clock as typed; null where no date is given, undefined where it makes no sense. */
export function instantOf(on: string, clock: string, zone: string): string | null | undefined {
  if (on === '') return clock.trim() === '' ? null : undefined;
  const found = CLOCK.exec(clock.trim() === '' ? '00:00' : clock.trim());
  if (found === null) return undefined;
  const at = edge(`${on.slice(0, 10)}T${(found[1] ?? '').padStart(2, '0')}:${found[2] ?? ''}`, zone);
  return at === undefined ? undefined : new Date(at).toISOString();
}

/** The other way round: [date, clock]; a midnight needs no clock. */
export function partsOf(at: string | null | undefined, zone: string): [on: string, clock: string] {
  if (at === null || at === undefined) return ['', ''];
  const [on = '', clock = ''] = isoEdge(Date.parse(at), zone).split('T');
  return [on, clock];
}

export const tagsOf = (text: string): string[] => [
  ...new Set(
    text
      .split(/[;,]/)
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ''),
  ),
];

/** A key for a new thing, from its name and what it hangs on: `CCB-TH-COLD-ROOM`. */
export function keyOf(parent: string, name: string, taken: ReadonlySet<string>): string {
  const plain = name
    .normalize('NFD')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .toUpperCase()
    .slice(0, 24);
  const stem = [parent, plain === '' ? 'PART' : plain].filter((part) => part !== '').join('-');
  for (let n = 1; ; n++) {
    const key = n === 1 ? stem : `${stem}-${n}`;
    if (!taken.has(key)) return key;
  }
}
