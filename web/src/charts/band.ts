/**
 * Demand of a day against the normal band: one line, a grey band, stretches above it marked, the newest value as a
 * dot. It draws itself: it stands on the first screen of the product, which has no room for a chart library.
 */
import { duration } from '../format/duration';
import { quantity, short } from '../format/number';
import { t, tn } from '../format/text';
import { clock, zoneInWords } from '../format/time';
import { edgesOf } from './buckets';
import { hatch } from './hatch';
import { hasHistory, normalAt, normalOf, stretches, type Normal } from './normal';
import { picture } from './picture';
import { scaleOf } from './scale';
import { powerSummary, scopeSentence } from './sentences';
import { gaps, line } from './series';
import { figureCsv, figureTable } from './table';
import { hourTicks } from './ticks';
import type { Chart, ChartInput, Columns, Mount } from './types';

const [HEIGHT, TOP, RIGHT, BOTTOM] = [248, 10, 22, 48];
/** Room a time label needs. [px] */
const LABEL_WIDTH = 56;
const STRIP = 5;

/** The stretches above normal in words; why there are none, where there are none. */
export function aboveSentence({ data, view }: ChartInput): string {
  const normal = normalOf(data.other);
  if (normal === undefined || !hasHistory(normal)) return t('band.no_history');
  const found = stretches(data.columns, normal);
  const [first] = found;
  if (first === undefined) return t('band.above.none');
  const longest = found.reduce((best, next) => (next.to - next.from > best.to - best.from ? next : best), first);
  return tn('band.above', found.length, {
    duration: duration(found.reduce((sum, { from, to }) => sum + to - from, 0)),
    from: clock(longest.from, view.zone),
    to: clock(longest.to, view.zone),
    excess: quantity(longest.excess, view.rateUnit),
  });
}

/** What stands at an instant, as a sentence. */
export function atSentence({ data, view }: ChartInput, at: number): string {
  const drawn = line(data);
  const i = drawn.x.findLastIndex((known) => known <= at);
  const value = at <= (drawn.x.at(-1) ?? Number.NEGATIVE_INFINITY) ? drawn.y[i] : undefined;
  const usual = normalAt(data.columns, normalOf(data.other), at);
  const time = clock(at, view.zone);
  if (usual === undefined) {
    if (typeof value !== 'number') return t('chart.at.none', { time });
    return t('chart.at', { time, value: quantity(value, view.rateUnit) });
  }
  const range = {
    time,
    usual: quantity(usual.mean, view.rateUnit),
    low: quantity(usual.low, view.rateUnit),
    high: quantity(usual.high, view.rateUnit),
  };
  if (typeof value !== 'number') return t('band.at.ahead', range);
  return t('band.at', { ...range, value: quantity(value, view.rateUnit) });
}

/** Runs of buckets with a normal: [first, behind the last]. */
export function runs(normal: Normal): [from: number, to: number][] {
  const found: [number, number][] = [];
  normal.mean.forEach((value, i) => {
    if (value === null || normal.low[i] === null || normal.high[i] === null) return;
    const last = found.at(-1);
    if (last !== undefined && last[1] === i) last[1] = i + 1;
    else found.push([i, i + 1]);
  });
  return found;
}

/** Where the pointer and the arrow keys can stand: each bucket, and the newest value. */
export function stops(columns: Columns, newest: number | undefined): number[] {
  const last = newest === undefined || columns.start.includes(newest) ? [] : [newest];
  return [...columns.start, ...last].sort((a, b) => a - b);
}

/** Room across. [px] */
const roomOf = (el: HTMLElement): number => Math.max(el.clientWidth, 200);

export const mount: Mount = (el, first, on): Chart => {
  let input: ChartInput = first;
  let picked: number | undefined;
  const canvas = el.appendChild(document.createElement('canvas'));
  canvas.className = 'day';
  /** Of the last drawing: the time axis. [px] */
  let [left, span] = [0, 1];
  // Asked for when it changes: to ask at each drawing makes the browser lay the page out again.
  let width = roomOf(el);
  const xOf = (at: number): number => left + ((at - input.view.from) / (input.view.to - input.view.from)) * span;

  const draw = (): void => {
    const { data, view, tokens } = input;
    const pen = canvas.getContext('2d');
    if (pen === null) return;
    const ratio = window.devicePixelRatio || 1;
    const [across, down] = [Math.round(width * ratio), Math.round(HEIGHT * ratio)];
    // A canvas of the same size is wiped: a new one is dear, and a live chart draws at each value.
    if (canvas.width === across && canvas.height === down) {
      pen.reset();
    } else [canvas.width, canvas.height] = [across, down];
    pen.scale(ratio, ratio);
    pen.font = tokens.font;
    const { x, y } = line(data);
    const normal = normalOf(data.other);
    const known = [...y, ...(normal?.low ?? []), ...(normal?.high ?? [])].filter((value) => value !== null);
    const least = known.reduce((low, value) => Math.min(low, value), 0);
    const most = known.reduce((high, value) => Math.max(high, value), 0);
    const { low, high, marks } = scaleOf(least, most, 4);
    const labels = marks.map(short);
    left = 16 + Math.max(24, ...labels.map((label) => pen.measureText(label).width));
    span = width - left - RIGHT;
    const floor = HEIGHT - BOTTOM;
    const yOf = (value: number): number => floor - ((value - low) / (high - low)) * (floor - TOP);

    pen.strokeStyle = tokens.line;
    pen.fillStyle = tokens.muted;
    pen.textBaseline = 'middle';
    pen.textAlign = 'right';
    const rule = (x0: number, y0: number, x1: number, y1: number): void => {
      pen.beginPath();
      // Half a pixel: a line of one pixel is sharp.
      pen.moveTo(Math.round(x0) + 0.5, Math.round(y0) + 0.5);
      pen.lineTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
      pen.stroke();
    };
    marks.forEach((mark, i) => {
      rule(left, yOf(mark), left + span, yOf(mark));
      pen.fillText(labels[i] ?? '', left - 8, yOf(mark));
    });
    pen.textAlign = 'center';
    for (const at of hourTicks(view.from, view.to, view.zone, span / LABEL_WIDTH)) {
      rule(xOf(at), TOP, xOf(at), floor + 4);
      pen.fillText(clock(at, view.zone), xOf(at), floor + 15);
    }
    pen.fillText(zoneInWords(view.from, view.zone), left + span / 2, floor + 36);

    const lines = hatch(pen, tokens.context);
    pen.globalAlpha = 0.55;
    pen.fillStyle = lines ?? tokens.line;
    for (const gap of gaps(data, view.from, Math.min(view.now, view.to))) {
      pen.fillRect(xOf(gap.from), TOP, Math.max(1, xOf(gap.to) - xOf(gap.from)), floor - TOP);
    }
    pen.globalAlpha = 1;
    if (normal !== undefined) {
      pen.fillStyle = tokens.warn;
      for (const { from, to } of stretches(data.columns, normal)) {
        const length = Math.max(STRIP, xOf(to) - xOf(from));
        pen.globalAlpha = 0.12;
        pen.fillRect(xOf(from), TOP, length, floor - TOP);
        pen.globalAlpha = 1;
        pen.fillRect(xOf(from), TOP, length, STRIP);
      }
      const path = (values: readonly (number | null)[], from: number, to: number): [number, number][] => {
        const points: [number, number][] = [];
        for (let i = from; i < to; i++) points.push([xOf(data.columns.start[i] ?? 0), yOf(values[i] ?? 0)]);
        const end = edgesOf(data.columns, to - 1)?.to ?? view.to;
        points.push([xOf(end), yOf(values[to - 1] ?? 0)]);
        return points;
      };
      for (const [from, to] of runs(normal)) {
        pen.fillStyle = `${tokens.band}66`;
        pen.beginPath();
        for (const point of [...path(normal.high, from, to), ...path(normal.low, from, to).reverse()]) pen.lineTo(...point);
        pen.fill();
        pen.strokeStyle = tokens.context;
        pen.lineWidth = 1.5;
        pen.setLineDash([5, 4]);
        pen.beginPath();
        for (const point of path(normal.mean, from, to)) pen.lineTo(...point);
        pen.stroke();
      }
    }
    pen.setLineDash([]);
    pen.strokeStyle = pen.fillStyle = tokens.series;
    pen.lineWidth = 2;
    pen.lineJoin = 'round';
    pen.beginPath();
    let isDown = false;
    x.forEach((at, i) => {
      const value = y[i];
      if (typeof value !== 'number') isDown = false;
      else if (isDown) pen.lineTo(xOf(at), yOf(value));
      else {
        pen.moveTo(xOf(at), yOf(value));
        isDown = true;
      }
    });
    pen.stroke();
    const dot = (at: number, value: number, radius: number): void => {
      pen.beginPath();
      pen.arc(xOf(at), yOf(value), radius, 0, 2 * Math.PI);
      pen.fill();
    };
    const last = y.findLastIndex((value) => value !== null);
    const [lastAt, lastValue] = [x[last], y[last]];
    if (lastAt !== undefined && typeof lastValue === 'number') dot(lastAt, lastValue, 4);
    if (picked !== undefined) {
      const i = x.findLastIndex((at) => at <= (picked ?? 0));
      const value = y[i];
      if (typeof value === 'number' && picked <= (x.at(-1) ?? 0)) dot(picked, value, 3.5);
      pen.strokeStyle = tokens.muted;
      pen.lineWidth = 1;
      pen.setLineDash([3, 3]);
      rule(xOf(picked), TOP, xOf(picked), floor);
    }
  };

  const pick = (at: number | undefined): void => {
    picked = at;
    draw();
    on.cursor(at === undefined ? null : atSentence(input, at));
  };
  const places = (): number[] => stops(input.data.columns, line(input.data).x.at(-1));
  const point = (event: PointerEvent): void => {
    const inside = event.clientX - canvas.getBoundingClientRect().left;
    if (inside < left - 4 || inside > left + span + 4) return pick(undefined);
    const at = input.view.from + ((inside - left) / span) * (input.view.to - input.view.from);
    const nearest = places().reduce<number | undefined>(
      (best, next) => (best === undefined || Math.abs(next - at) < Math.abs(best - at) ? next : best),
      undefined,
    );
    pick(nearest);
  };
  const press = (event: KeyboardEvent): void => {
    const all = places();
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -12, PageDown: 12, Home: -all.length, End: all.length }[event.key];
    if (by !== undefined && all.length > 0) {
      const newest = line(input.data).x.at(-1);
      // The first step lands on the newest value: that is what the page is about.
      const from = picked === undefined ? all.findLastIndex((at) => at <= (newest ?? 0)) - by : all.indexOf(picked);
      pick(all[Math.min(Math.max(from + by, 0), all.length - 1)]);
    } else if (event.key === 'Escape' && picked !== undefined) pick(undefined);
    else return;
    event.preventDefault();
  };
  const leave = (): void => pick(undefined);
  el.tabIndex = 0;
  canvas.addEventListener('pointermove', point);
  canvas.addEventListener('pointerdown', point);
  canvas.addEventListener('pointerleave', leave);
  el.addEventListener('keydown', press);
  const watch = new ResizeObserver(() => {
    width = roomOf(el);
    draw();
  });
  watch.observe(el);
  draw();

  return {
    update(next) {
      input = next;
      draw();
    },
    destroy() {
      watch.disconnect();
      el.removeEventListener('keydown', press);
      canvas.remove();
    },
    summary: () => `${powerSummary(input)} ${aboveSentence(input)}`.trim(),
    table: () => figureTable(input, 'rate'),
    csv: () => figureCsv(input, 'rate'),
    png: () => picture(canvas, input, scopeSentence(input)),
  };
};
