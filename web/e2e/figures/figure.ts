/** One measured figure beside its limit; a missed one is printed as missed. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** The most it may be; `atLeast` where more is better; neither where it only stands beside another. */
  readonly atMost?: number;
  readonly atLeast?: number;
  /** How it was measured, where the name does not say. */
  readonly how?: string;
}

export const isMissed = ({ value, atMost, atLeast }: Figure): boolean =>
  Number.isNaN(value) || (atMost !== undefined && value > atMost) || (atLeast !== undefined && value < atLeast);

const shown = (value: number): string =>
  Number.isNaN(value) ? 'not measured' : Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));

export function print(part: string, figures: readonly Figure[]): void {
  console.log(`\n## ${part}\n`);
  console.log('| what | result | wanted | |');
  console.log('|---|---|---|---|');
  for (const figure of figures) {
    const { what, value, unit, atMost, atLeast, how } = figure;
    const limit = atMost !== undefined ? `at most ${atMost}` : atLeast !== undefined ? `at least ${atLeast}` : '';
    const verdict = limit === '' ? '' : isMissed(figure) ? '**missed**' : 'met';
    console.log(`| ${what}${how === undefined ? '' : ` (${how})`} | ${shown(value)} ${unit} | ${limit} ${limit && unit} | ${verdict} |`);
  }
}
