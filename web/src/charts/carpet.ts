/** Every hour of a year as a field of colour: nights left on, holidays and gaps show at a glance. */
import { quantity } from '../format/number';
import { t } from '../format/text';
import { dateAndClock, dayStart, instant, local, monthName } from '../format/time';
import { cells, type Cells } from './cells';
import { hatch } from './hatch';
import { picture } from './plot';
import { amountSummary, scopeSentence, yearSummary } from './sentences';
import { carpetTable, figureCsv } from './table';
import { monthTicks } from './ticks';
import type { Chart, ChartInput, Mount } from './types';

const [LEFT, TOP, BOTTOM, FIELD, KEY] = [44, 8, 24, 192, 34];
const HEIGHT = TOP + FIELD + BOTTOM + KEY;

/** [red, green, blue] on the heat scale; `share` runs from 0 to 1. */
function heat(scale: readonly string[], share: number): [number, number, number] {
  const at = Math.min(Math.max(share, 0), 1) * (scale.length - 1);
  const [low, high] = [scale[Math.floor(at)] ?? '#000000', scale[Math.ceil(at)] ?? '#000000'];
  const channel = (from: number): number => {
    const [a, b] = [parseInt(low.slice(from, from + 2), 16), parseInt(high.slice(from, from + 2), 16)];
    return Math.round(a + (b - a) * (at % 1));
  };
  return [channel(1), channel(3), channel(5)];
}

/** One pixel a cell; unknown cells stay clear, so that the hatching behind them shows. */
function field({ days, value, low, high }: Cells, scale: readonly string[]): HTMLCanvasElement {
  const tile = document.createElement('canvas');
  [tile.width, tile.height] = [days, 24];
  const pen = tile.getContext('2d');
  const image = pen?.createImageData(days, 24);
  if (!pen || !image) return tile;
  for (let cell = 0; cell < value.length; cell++) {
    const known = value[cell] ?? Number.NaN;
    if (Number.isNaN(known)) continue;
    const pixel = ((cell % 24) * days + Math.floor(cell / 24)) * 4;
    image.data.set([...heat(scale, (known - low) / (high - low || 1)), 255], pixel);
  }
  pen.putImageData(image, 0, 0);
  return tile;
}

export const mount: Mount = (el, first, on): Chart => {
  let input: ChartInput = first;
  let laid = cells(first.data.columns, first.view.from, first.view.to, first.view.zone);
  let picked: number | undefined;
  const canvas = el.appendChild(document.createElement('canvas'));
  canvas.className = 'carpet';
  const figures = (): 'rate' | 'amount' => (input.view.rateUnit === input.view.amountUnit ? 'amount' : 'rate');

  const draw = (): void => {
    const { view, tokens } = input;
    const [width, ratio] = [Math.max(el.clientWidth, 200), window.devicePixelRatio || 1];
    [canvas.width, canvas.height] = [width * ratio, HEIGHT * ratio];
    const pen = canvas.getContext('2d');
    if (pen === null) return;
    pen.scale(ratio, ratio);
    const span = width - LEFT - 12;
    const column = span / laid.days;
    pen.fillStyle = hatch(pen, tokens.context, 1) ?? tokens.line;
    pen.fillRect(LEFT, TOP, span, FIELD);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(field(laid, tokens.heat), LEFT, TOP, span, FIELD);
    pen.fillStyle = tokens.card;
    for (const cell of laid.doubled) {
      pen.fillRect(LEFT + Math.floor(cell / 24) * column, TOP + ((cell % 24) + 0.4) * (FIELD / 24), column, 2);
    }
    pen.fillStyle = tokens.muted;
    pen.font = tokens.font;
    pen.textBaseline = 'middle';
    pen.textAlign = 'right';
    for (const hour of [0, 6, 12, 18]) {
      pen.fillText(`${String(hour).padStart(2, '0')}:00`, LEFT - 6, TOP + 6 + (hour * FIELD) / 24);
    }
    pen.textAlign = 'left';
    for (const at of monthTicks(view.from, view.to, view.zone, span / 44)) {
      const x = LEFT + ((at - view.from) / (view.to - view.from)) * span;
      if (x < width - 30) pen.fillText(monthName(at, view.zone), x, TOP + FIELD + 12);
    }
    key(pen, width);
    if (picked !== undefined) {
      pen.strokeStyle = tokens.series;
      pen.lineWidth = 2;
      const [x, y] = [LEFT + Math.floor(picked / 24) * column, TOP + (picked % 24) * (FIELD / 24)];
      pen.strokeRect(x - 1, y - 1, column + 2, FIELD / 24 + 2);
    }
  };

  const key = (pen: CanvasRenderingContext2D, width: number): void => {
    if (Number.isNaN(laid.low)) return;
    const [y, length] = [TOP + FIELD + BOTTOM + 6, Math.min(160, width / 3)];
    const unit = input.view.rateUnit;
    const low = quantity(laid.low, unit);
    pen.fillText(low, LEFT, y + 6);
    const from = LEFT + pen.measureText(low).width + 8;
    for (let x = 0; x < length; x++) {
      pen.fillStyle = `rgb(${heat(input.tokens.heat, x / length).join(',')})`;
      pen.fillRect(from + x, y, 1.5, 12);
    }
    pen.fillStyle = input.tokens.muted;
    pen.fillText(quantity(laid.high, unit), from + length + 8, y + 6);
  };

  const pick = (cell: number | undefined): void => {
    picked = cell;
    draw();
    if (cell === undefined) return on.cursor(null);
    const { zone, from, rateUnit } = input.view;
    const { year, month, day } = local(dayStart(from, zone), zone);
    const time = dateAndClock(instant(year, month, day + Math.floor(cell / 24), cell % 24, zone), zone);
    const value = laid.value[cell] ?? Number.NaN;
    on.cursor(
      Number.isNaN(value) ? t('chart.at.none', { time }) : t('chart.at', { time, value: quantity(value, rateUnit) }),
    );
  };
  const point = (event: PointerEvent): void => {
    const box = canvas.getBoundingClientRect();
    const day = Math.floor(((event.clientX - box.left - LEFT) / (box.width - LEFT - 12)) * laid.days);
    const hour = Math.floor(((event.clientY - box.top - TOP) / FIELD) * 24);
    pick(day >= 0 && day < laid.days && hour >= 0 && hour < 24 ? day * 24 + hour : undefined);
  };
  const press = (event: KeyboardEvent): void => {
    const last = laid.days * 24 - 1;
    const by = { ArrowLeft: -24, ArrowRight: 24, ArrowUp: -1, ArrowDown: 1, Home: -last, End: last }[event.key];
    if (by !== undefined) pick(Math.min(Math.max((picked ?? last - 12) + by, 0), last));
    else if (event.key === 'Escape') pick(undefined);
    else return;
    event.preventDefault();
  };
  const leave = (): void => pick(undefined);
  el.tabIndex = 0;
  canvas.addEventListener('pointermove', point);
  canvas.addEventListener('pointerleave', leave);
  el.addEventListener('keydown', press);
  const watch = new ResizeObserver(draw);
  watch.observe(el);
  draw();

  return {
    update(next) {
      if (next.data !== input.data) {
        laid = cells(next.data.columns, next.view.from, next.view.to, next.view.zone);
      }
      input = next;
      draw();
    },
    destroy() {
      watch.disconnect();
      el.removeEventListener('keydown', press);
      canvas.remove();
    },
    summary: () => (figures() === 'rate' ? yearSummary(input) : amountSummary(input)),
    table: () => carpetTable(laid, input),
    csv: () => figureCsv(input, figures()),
    png: () => picture(canvas, input, scopeSentence(input)),
  };
};
