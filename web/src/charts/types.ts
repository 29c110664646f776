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

/** What the columns are compared with, bucket by bucket; `low` and `high` where it is a band. */
export interface Other {
  /** In words: "Same period last year". */
  readonly name: string;
  readonly mean: readonly (number | null)[];
  readonly sum: readonly (number | null)[];
  readonly low?: readonly (number | null)[] | undefined;
  readonly high?: readonly (number | null)[] | undefined;
}

export interface ChartData {
  readonly columns: Columns;
  readonly live: readonly LivePoint[];
  readonly other?: Other | undefined;
}

/** Something that happened, drawn on every chart of its scope. [ms] */
export interface Annotation {
  /** What stands on its flag, and beside its sentence under the chart. */
  readonly mark: string;
  readonly from: number;
  /** The same as `from` for an instant. */
  readonly to: number;
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
  readonly annotations?: readonly Annotation[] | undefined;
  /** Charts with the same name share one cursor. */
  readonly link?: string | undefined;
}

export interface ChartTokens {
  readonly card: string;
  readonly line: string;
  readonly text: string;
  readonly muted: string;
  readonly context: string;
  readonly band: string;
  readonly series: string;
  /** The six series colours, for charts of several series. */
  readonly palette: readonly string[];
  readonly warn: string;
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
  /** A stretch was dragged: show it alone. [ms] */
  readonly range?: ((from: number, to: number) => void) | undefined;
  /** A stretch was dragged with Shift held: note something about it. [ms] */
  readonly annotate?: ((from: number, to: number) => void) | undefined;
  /** A bucket was clicked, or chosen with Enter. [ms] */
  readonly pick?: ((from: number, to: number) => void) | undefined;
}

export interface ChartTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What every picture is drawn with; a chart of its own kind adds its own figures. */
export interface Drawn {
  readonly tokens: ChartTokens;
  readonly text: ChartText;
}

export interface Chart<Input extends Drawn = ChartInput> {
  readonly update: (input: Input) => void;
  readonly destroy: () => void;
  /** One sentence or two that say what the chart shows. */
  readonly summary: () => string;
  readonly table: () => ChartTable;
  readonly csv: () => string;
  readonly png: () => Promise<Blob>;
}

export type Mount<Input extends Drawn = ChartInput> = (el: HTMLElement, input: Input, on: ChartEvents) => Chart<Input>;
