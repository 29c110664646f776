/** How long the demand stays at or above what: high for a short time is a peak worth money. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

import { csv } from '../format/csv';
import { duration as length } from '../format/duration';
import { exact, quantity, share as shareText, short, unitName } from '../format/number';
import { t } from '../format/text';
import { HOUR } from '../format/time';
import { picture } from './picture';
import type { Chart, ChartEvents, Drawn } from './types';

/** Shares of the time, rising, and the rate that is reached or exceeded for each. */
export interface Curve {
  readonly share: readonly number[];
  readonly rate: readonly number[];
}

export interface DurationInput extends Drawn {
  readonly curve: Curve;
  readonly knownHours: number;
  readonly unit: string;
  /** Period, zone and coverage, for the picture. */
  readonly scope: string;
  readonly other?: (Curve & { readonly name: string }) | undefined;
}

const HEIGHT = 248;

/** The rate reached or exceeded for a share of the time; undefined where nothing is known. */
export function rateAt({ share, rate }: Curve, wanted: number): number | undefined {
  const index = share.findIndex((known) => known >= wanted);
  return index === -1 ? rate.at(-1) : rate[index];
}

const columnsOf = ({ curve, other }: DurationInput): uPlot.AlignedData => {
  const per = (shares: readonly number[]): number[] => shares.map((known) => known * 100);
  return uPlot.join([
    [per(other?.share ?? []), [...(other?.rate ?? [])]],
    [per(curve.share), [...curve.rate]],
  ]);
};

export function mount(el: HTMLElement, first: DurationInput, on: ChartEvents): Chart<DurationInput> {
  let input = first;
  const width = (): number => Math.max(el.clientWidth, 200);
  const font = first.tokens.font;
  const axis = {
    stroke: () => input.tokens.muted,
    grid: { stroke: () => input.tokens.line, width: 1 },
    ticks: { stroke: () => input.tokens.line, width: 1, size: 4 },
    font,
    labelFont: font,
  };
  const spoken = (self: uPlot): void => {
    const index = self.cursor.idx;
    const at = index === null || index === undefined ? undefined : self.data[0][index];
    if (at === undefined) return on.cursor(null);
    const here = t('chart.duration.at', {
      rate: quantity(rateAt(input.curve, at / 100), input.unit),
      share: `${shareText(at / 100)} (${length((at / 100) * input.knownHours * HOUR)})`,
    });
    const { other } = input;
    const there = other && t('chart.duration.other', { name: other.name, rate: quantity(rateAt(other, at / 100), input.unit) });
    on.cursor(there === undefined ? here : `${here}; ${there}`);
  };
  const u = new uPlot(
    {
      width: width(),
      height: HEIGHT,
      legend: { show: false },
      padding: [10, 22, 0, 0],
      cursor: { y: false, drag: { x: false, y: false, setScale: false }, points: { size: 7 } },
      scales: {
        x: { time: false, range: () => [0, 100] },
        y: { range: (_self, low, high) => [Math.min(0, low ?? 0), (high ?? 1) * 1.06 || 1] },
      },
      axes: [
        { ...axis, size: 30, label: t('chart.duration.axis'), labelSize: 18, labelGap: 0, values: (_s, at) => at.map((v) => `${v} %`) },
        { ...axis, size: (_s, values) => 14 + 7 * Math.max(2, ...(values ?? []).map((v) => v.length)), values: (_s, at) => at.map(short) },
      ],
      series: [
        {},
        { stroke: () => input.tokens.context, width: 1.5, dash: [5, 3], points: { show: false }, spanGaps: true },
        { stroke: () => input.tokens.series, width: 2, points: { show: false }, spanGaps: true },
      ],
      hooks: { setCursor: [spoken] },
    },
    columnsOf(first),
    el,
  );
  const key = (event: KeyboardEvent): void => {
    const xs = u.data[0];
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20, Home: -xs.length, End: xs.length }[event.key];
    if (by === undefined) return;
    const at = xs[Math.min(Math.max((u.cursor.idx ?? -1) + by, 0), xs.length - 1)];
    if (at !== undefined) u.setCursor({ left: u.valToPos(at, 'x'), top: 0 });
    event.preventDefault();
  };
  el.tabIndex = 0;
  el.addEventListener('keydown', key);
  const watch = new ResizeObserver(() => {
    if (u.width !== width()) u.setSize({ width: width(), height: HEIGHT });
  });
  watch.observe(el);

  const rows = (): (readonly [number, number, number | undefined])[] =>
    input.curve.share.map((known, i) => [known, input.curve.rate[i] ?? 0, input.other && rateAt(input.other, known)] as const);
  return {
    update(next) {
      input = next;
      u.setData(columnsOf(next));
    },
    destroy() {
      watch.disconnect();
      el.removeEventListener('keydown', key);
      u.destroy();
    },
    summary: () =>
      input.curve.rate.length === 0
        ? t('chart.empty')
        : t('chart.summary.duration', {
            high: quantity(input.curve.rate[0], input.unit),
            median: quantity(rateAt(input.curve, 0.5), input.unit),
            hours: length(input.knownHours * HOUR),
          }),
    table: () => ({
      head: [
        t('chart.column.share'),
        t('chart.column.rate', { unit: unitName(input.unit) }),
        ...(input.other === undefined ? [] : [t('chart.column.other', { name: input.other.name, unit: unitName(input.unit) })]),
      ],
      rows: rows().map(([known, rate, other]) => [shareText(known), exact(rate), ...(other === undefined ? [] : [exact(other)])]),
    }),
    csv: () =>
      csv([
        ['share', `rate_${input.unit.toLowerCase()}`, ...(input.other === undefined ? [] : ['compared_with'])],
        ...rows().map(([known, rate, other]) => [known, rate, ...(other === undefined ? [] : [other])]),
      ]),
    png: () => picture(u.ctx.canvas, input, input.scope),
  };
}
