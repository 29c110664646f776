/** What every chart takes and gives: `mount(el, {data, view, tokens, text}, on) -> Chart`. */

/** Buckets of one series as columns of equal length; null where nothing is known. */
export interface Columns {
  /** Start of each bucket, rising. [ms] */
  readonly start: readonly number[];
  /** Length of a bucket, or of the usual one where local days differ. [ms] */
  readonly step: number;
  readonly mean: readonly (number | null)[];
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
  readonly sum: readonly (number | null)[];
  readonly coverage: readonly (number | null)[];
  readonly estimatedShare: readonly (number | null)[];
}

/** A value that arrived after the columns were read. */
export interface LivePoint {
  /** [ms] */
  readonly at: number;
  readonly value: number;
}

export interface ChartData {
  readonly columns: Columns;
  readonly live: readonly LivePoint[];
}

/** Half-open period, the clock, and the units of the two kinds of figure. */
export interface ChartView {
  readonly from: number;
  readonly to: number;
  readonly now: number;
  readonly zone: string;
  /** Unit of mean, min and max. */
  readonly rateUnit: string;
  /** Unit of sum. */
  readonly amountUnit: string;
}

export interface ChartTokens {
  readonly card: string;
  readonly line: string;
  readonly muted: string;
  readonly context: string;
  readonly band: string;
  readonly series: string;
  readonly heat: readonly string[];
  readonly font: string;
}

export interface ChartText {
  readonly title: string;
}

export interface ChartInput {
  readonly data: ChartData;
  readonly view: ChartView;
  readonly tokens: ChartTokens;
  readonly text: ChartText;
}

export interface ChartEvents {
  /** What the pointer or the arrow keys stand on, as a sentence; null when they leave. */
  readonly cursor: (sentence: string | null) => void;
}

export interface ChartTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Chart {
  readonly update: (input: ChartInput) => void;
  readonly destroy: () => void;
  /** One sentence or two that say what the chart shows. */
  readonly summary: () => string;
  readonly table: () => ChartTable;
  readonly csv: () => string;
  readonly png: () => Promise<Blob>;
}

export type Mount = (el: HTMLElement, input: ChartInput, on: ChartEvents) => Chart;

