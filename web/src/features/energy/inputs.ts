/** An answer of the consumption route as what a chart takes. */
import type { Consumption } from '../../api/types';
import type { Annotation, ChartInput, ChartTokens, Other } from '../../charts/types';
import type { Span } from '../../format/period';
import { t } from '../../format/text';
import { columnsOf } from '../../live/consumption';
import type { Comparison } from './asked';

/** What all charts of the page share. */
export interface Shared {
  readonly span: Span;
  readonly zone: string;
  readonly now: number;
  readonly tokens: ChartTokens;
  readonly annotations: readonly Annotation[];
  readonly link: string;
  /** Where the answer's own is not for people. */
  readonly rateUnit?: string;
}

export const compareName = (comparison: Comparison, otherName: string): string =>
  typeof comparison === 'object' ? otherName : t(`energy.compare.${comparison}`);

/** The other side of an answer; undefined where nothing is compared. */
export function otherOf({ comparison }: Consumption, name: string): Other | undefined {
  if (comparison === null) return undefined;
  const { mean, sum, low, high } = comparison;
  return { name, mean, sum, low: low ?? undefined, high: high ?? undefined };
}

export const chartInput = (shared: Shared, answer: Consumption, title: string, other: Other | undefined): ChartInput => ({
  data: { columns: columnsOf(answer), live: [], other },
  view: {
    ...shared.span,
    now: shared.now,
    zone: shared.zone,
    rateUnit: shared.rateUnit ?? answer.rate_unit,
    amountUnit: answer.unit,
    annotations: shared.annotations,
    link: shared.link,
  },
  tokens: shared.tokens,
  text: { title },
});

/**
 * Where the other side of a comparison in time lies, as far as this side has come; undefined where it is of the
 * same time.
 *
 * Args:
 *   until: Where the period has come to. [ms]
 */
export function referenceSpan({ comparison, start, step_s }: Consumption, until: number): Span | undefined {
  if (comparison === null || comparison.against === 'normal' || comparison.against === 'other_asset') return undefined;
  const pairs = start.flatMap((own, i) => {
    const other = comparison.start[i];
    const length = Math.min(step_s * 1000, until - own);
    return typeof other === 'number' && length > 0 ? [[other, other + length] as const] : [];
  });
  if (pairs.length === 0) return undefined;
  return { from: Math.min(...pairs.map(([from]) => from)), to: Math.max(...pairs.map(([, to]) => to)) };
}
