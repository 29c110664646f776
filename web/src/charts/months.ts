/** Months as pairs of bars, last year's grey beside this year's: an SVG, so that it prints in the colours of paper. */
import { csv } from '../format/csv';
import { exact, quantity, share, short, unitName, UNKNOWN } from '../format/number';
import { t } from '../format/text';
import { amountScale } from './month-scale';
import { picture } from './picture';
import type { SeriesColour } from './tokens';
import type { Chart, ChartEvents, Drawn } from './types';

export interface MonthPair {
  /** [ms] */
  readonly from: number;
  readonly to: number;
  /** `Nov`. */
  readonly label: string;
  /** `2026`, where a year begins. */
  readonly year: string;
  /** `November 2026`. */
  readonly name: string;
  readonly value: number | null;
  readonly coverage: number | null;
  readonly other: number | null;
  readonly otherCoverage: number | null;
  readonly isRunning: boolean;
}

export interface MonthsInput extends Drawn {
  readonly months: readonly MonthPair[];
  readonly unit: string;
  readonly colour: SeriesColour;
  /** Period and source, for the picture. */
  readonly scope: string;
}

const SVG = 'http://www.w3.org/2000/svg';
const [HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [248, 54, 8, 24, 38];
/** Printed width of the page between its margins. [px] */
const PAPER = 680;
/** A bar with less than this of its data is not the whole amount: hatched. */
const WHOLE = 0.95;

/** Room that a year takes under its month. [px] */
const YEAR = 40;

/** Counts up, so that two charts of a page do not share a pattern. */
let charts = 0;

function node(name: string, attributes: Readonly<Record<string, string | number>>, text = ''): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== '') made.textContent = text;
  return made;
}

export function mount(el: HTMLElement, first: MonthsInput, on: ChartEvents): Chart<MonthsInput> {
  let input = first;
  let picked: number | undefined;
  let width = Math.max(el.clientWidth, 240);
  charts += 1;
  const hatch = `months-hatch-${charts}`;
  const svg = el.appendChild(document.createElementNS(SVG, 'svg'));

  const draw = (): void => {
    const { months, unit, colour } = input;
    const scale = amountScale(months.flatMap(({ value, other }) => [value ?? 0, other ?? 0]), unit);
    const [right, bottom] = [width - RIGHT, HEIGHT - BOTTOM];
    const y = (value: number): number => bottom - (Math.max(value, 0) / scale.top) * (bottom - TOP);
    const slot = (right - LEFT) / Math.max(months.length, 1);
    const thick = Math.min(slot * 0.38, 40);
    svg.replaceChildren();
    svg.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
    svg.setAttribute('width', '100%');
    svg.setAttribute('font-size', '12');
    svg.setAttribute('font-family', '"Inter Variable", system-ui, sans-serif');
    const defs = svg.appendChild(node('defs', {}));
    const pattern = defs.appendChild(
      node('pattern', { id: hatch, width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' }),
    );
    pattern.append(node('rect', { width: 2.5, height: 6, fill: 'var(--card)' }));
    for (const tick of scale.ticks) {
      svg.append(node('line', { x1: LEFT, x2: right, y1: y(tick), y2: y(tick), stroke: 'var(--line)' }));
      svg.append(node('text', { x: LEFT - 6, y: y(tick) + 4, 'text-anchor': 'end', fill: 'var(--muted)' }, short(tick / scale.factor)));
    }
    svg.append(node('text', { x: 0, y: 11, fill: 'var(--muted)' }, unitName(scale.unit)));
    // Names that do not fit are left out evenly.
    const each = Math.ceil(34 / slot);
    months.forEach((month, i) => {
      const middle = LEFT + slot * (i + 0.5);
      if (picked === i) {
        svg.append(node('rect', { x: middle - slot / 2, y: TOP, width: slot, height: bottom - TOP, fill: 'var(--line)' }));
      }
      const bars = [
        [month.other, month.otherCoverage, middle - thick - 1, 'var(--band)'],
        [month.value, month.coverage, middle + 1, `var(--series-${colour})`],
      ] as const;
      for (const [value, coverage, x, fill] of bars) {
        if (value === null) continue;
        const bar = { x, y: y(value), width: thick, height: Math.max(bottom - y(value), 1) };
        svg.append(node('rect', { ...bar, fill }));
        if ((coverage ?? 1) < WHOLE) svg.append(node('rect', { ...bar, fill: `url(#${hatch})` }));
      }
      if ((months.length - 1 - i) % each === 0) {
        svg.append(node('text', { x: middle, y: bottom + 16, 'text-anchor': 'middle', fill: 'var(--muted)' }, month.label));
      }
      // The year of the first month gives way to the next one where both have no room.
      const next = i === 0 ? months.findIndex(({ year }, place) => place > 0 && year !== '') : -1;
      if (month.year !== '' && (next === -1 || next * slot > YEAR)) {
        svg.append(node('text', { x: middle, y: bottom + 32, 'text-anchor': 'middle', fill: 'var(--muted)' }, month.year));
      }
    });
    svg.append(node('line', { x1: LEFT, x2: right, y1: bottom, y2: bottom, stroke: 'var(--control)' }));
  };

  const spoken = (month: MonthPair): string =>
    t(month.isRunning ? 'months.at.running' : 'months.at', {
      month: month.name,
      value: quantity(month.value, input.unit),
      other: quantity(month.other, input.unit),
    });
  const choose = (i: number | undefined): void => {
    if (i === picked) return;
    picked = i;
    draw();
    const month = i === undefined ? undefined : input.months[i];
    on.cursor(month === undefined ? null : spoken(month));
  };
  const placeOf = (event: MouseEvent): number | undefined => {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * width - LEFT;
    const i = Math.floor((x / (width - LEFT - RIGHT)) * input.months.length);
    return i >= 0 && i < input.months.length ? i : undefined;
  };
  const pick = (i: number | undefined): void => {
    const month = i === undefined ? undefined : input.months[i];
    if (month !== undefined) on.pick?.(month.from, month.to);
  };
  const key = (event: KeyboardEvent): void => {
    const count = input.months.length;
    const by = { ArrowLeft: -1, ArrowRight: 1, Home: -count, End: count }[event.key];
    if (by !== undefined && count > 0) choose(Math.min(Math.max((picked ?? (by > 0 ? -1 : count)) + by, 0), count - 1));
    else if (event.key === 'Escape' && picked !== undefined) choose(undefined);
    else if (event.key === 'Enter' && on.pick !== undefined) pick(picked);
    else return;
    event.preventDefault();
  };
  el.tabIndex = 0;
  svg.addEventListener('pointermove', (event) => choose(placeOf(event)));
  svg.addEventListener('pointerleave', () => choose(undefined));
  svg.addEventListener('click', (event) => pick(placeOf(event)));
  el.addEventListener('keydown', key);
  const resize = (to: number): void => {
    if (to === width) return;
    width = to;
    draw();
  };
  const watch = new ResizeObserver(() => {
    if (el.clientWidth > 0) resize(Math.max(el.clientWidth, 240));
  });
  watch.observe(el);
  const toPaper = (): void => resize(PAPER);
  const toScreen = (): void => resize(Math.max(el.clientWidth, 240));
  window.addEventListener('beforeprint', toPaper);
  window.addEventListener('afterprint', toScreen);
  draw();

  return {
    update(next) {
      input = next;
      draw();
    },
    destroy() {
      watch.disconnect();
      el.removeEventListener('keydown', key);
      window.removeEventListener('beforeprint', toPaper);
      window.removeEventListener('afterprint', toScreen);
      svg.remove();
    },
    summary: () => summaryOf(input),
    table: () => ({
      head: [
        t('months.column.month'),
        t('chart.column.amount', { unit: unitName(input.unit) }),
        t('months.column.other', { unit: unitName(input.unit) }),
        t('chart.column.coverage'),
        t('months.column.other_coverage'),
      ],
      rows: input.months.map((month) => [
        month.isRunning ? t('months.running', { month: month.name }) : month.name,
        month.value === null ? UNKNOWN : exact(month.value),
        month.other === null ? UNKNOWN : exact(month.other),
        share(month.coverage),
        share(month.otherCoverage),
      ]),
    }),
    csv: () => {
      const unit = input.unit.toLowerCase();
      return csv([
        ['month', `sum_${unit}`, `last_year_${unit}`, 'coverage', 'last_year_coverage', 'is_running'],
        ...input.months.map((month) => [
          month.name, month.value, month.other, month.coverage, month.otherCoverage, month.isRunning ? 1 : 0,
        ]),
      ]);
    },
    png: async () => picture(await drawn(svg, input, width), input, input.scope),
  };
}

/** What all months hold, and the one with the most. */
export function summaryOf({ months, unit }: MonthsInput): string {
  const known = months.filter((month) => month.value !== null);
  const largest = known.reduce<MonthPair | undefined>(
    (best, month) => ((month.value ?? 0) > (best?.value ?? -Infinity) ? month : best),
    undefined,
  );
  if (largest === undefined) return t('chart.empty');
  const parts = [t('months.summary', { month: largest.name, value: quantity(largest.value, unit) })];
  const running = known.find(({ isRunning }) => isRunning);
  if (running !== undefined) parts.push(t('months.summary.running', { month: running.name }));
  if (known.some(({ coverage }) => (coverage ?? 1) < WHOLE)) parts.push(t('months.summary.partial'));
  return parts.join(' ');
}

/** The SVG on a canvas, its colours written out: a picture knows no style sheet. */
async function drawn(svg: SVGSVGElement, { tokens, colour }: MonthsInput, width: number): Promise<HTMLCanvasElement> {
  const colours: Readonly<Record<string, string>> = {
    card: tokens.card,
    line: tokens.line,
    muted: tokens.muted,
    band: tokens.band,
    control: tokens.context,
    [`series-${colour}`]: tokens.series,
  };
  const copy = svg.cloneNode(true) as SVGSVGElement;
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(HEIGHT));
  const text = new XMLSerializer()
    .serializeToString(copy)
    .replace(/var\(--([\w-]+)\)/g, (_, name: string) => colours[name] ?? tokens.muted);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const ratio = window.devicePixelRatio || 1;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(HEIGHT * ratio)];
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}
