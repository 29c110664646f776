/**
 * A period as a field of colour, a row for each local day: nights left on, holidays and gaps show at a glance.
 *
 * What is not known, and the hour that daylight saving skips, is hatched; the hour it repeats is the mean of
 * both and marked. Days stand on the left, what happened and the hours above normal on the right.
 */
import { duration } from '../format/duration';
import { quantity } from '../format/number';
import { t, tn } from '../format/text';
import { DAY, HOUR, date, dateAndClock, dayAndMonth, dayStart, monthName } from '../format/time';
import { lanes } from './annotations';
import { AXIS, heightOf, rowOf, TOP } from './carpet-size';
import { cells, instantOf, type Cells } from './cells';
import { hatch } from './hatch';
import { heat } from './heat';
import { limitsOf, normalOf } from './normal';
import { picture } from './picture';
import { scopeSentence } from './sentences';
import { carpetTable, figureCsv } from './table';
import { dayTicks, monthTicks } from './ticks';
import type { Chart, ChartInput, Mount } from './types';

const LEFT = 52;
/** Below this width the margin on the right is narrow: shorter bars, flags under each other. [px] */
const NARROW = 560;

/** One pixel a cell; unknown cells stay clear, so that the hatching behind them shows. */
function field({ days, perDay, value, low, high }: Cells, scale: readonly string[]): HTMLCanvasElement {
  const tile = document.createElement('canvas');
  [tile.width, tile.height] = [perDay, days];
  const pen = tile.getContext('2d');
  const image = pen?.createImageData(perDay, days);
  if (!pen || !image) return tile;
  value.forEach((known, cell) => {
    if (!Number.isNaN(known)) image.data.set([...heat(scale, (known - low) / (high - low || 1)), 255], cell * 4);
  });
  pen.putImageData(image, 0, 0);
  return tile;
}

/** Hours above normal of each day. */
function hoursAbove({ above, days, perDay }: Cells): number[] {
  const hours = new Array<number>(days).fill(0);
  for (const cell of above) hours[Math.floor(cell / perDay)] = (hours[Math.floor(cell / perDay)] ?? 0) + 24 / perDay;
  return hours;
}

export const mount: Mount = (el, first, on): Chart => {
  let input: ChartInput = first;
  const lay = ({ data, view }: ChartInput): Cells => {
    const normal = normalOf(data.other);
    return cells(data.columns, view.from, view.to, view.zone, normal && limitsOf(normal));
  };
  let laid = lay(first);
  let picked: number | undefined;
  let pressed: { readonly row: number; readonly isNote: boolean } | undefined;
  let over: number | undefined;
  const canvas = el.appendChild(document.createElement('canvas'));
  canvas.className = 'days';

  const row = (): number => rowOf(laid.days);
  const deep = (): number => row() * laid.days;
  const height = (): number => heightOf(laid.days);
  const isNarrow = (): boolean => el.clientWidth < NARROW;
  const barRoom = (): number => (isNarrow() ? 16 : 36);
  const margin = (): number => (isNarrow() ? 44 : 92);
  const span = (): number => Math.max(el.clientWidth, 220) - LEFT - margin();
  /** Midnight that begins a row, and the one that ends it. */
  const dayOf = (day: number): { readonly from: number; readonly to: number } => {
    const { from, zone } = input.view;
    return { from: dayStart(from, zone, day), to: dayStart(from, zone, day + 1) };
  };

  const draw = (): void => {
    const { tokens } = input;
    const [width, ratio] = [Math.max(el.clientWidth, 220), window.devicePixelRatio || 1];
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height() * ratio)];
    canvas.style.height = `${height()}px`;
    el.style.minHeight = `${height()}px`;
    const pen = canvas.getContext('2d');
    if (pen === null) return;
    pen.scale(ratio, ratio);
    pen.font = tokens.font;
    pen.textBaseline = 'middle';
    pen.fillStyle = hatch(pen, tokens.context) ?? tokens.line;
    pen.fillRect(LEFT, TOP, span(), deep());
    pen.imageSmoothingEnabled = false;
    pen.drawImage(field(laid, tokens.heat), LEFT, TOP, span(), deep());
    drawDoubled(pen);
    drawAbove(pen);
    drawAxes(pen);
    drawEvents(pen);
    drawKey(pen, width);
    drawChosen(pen);
  };

  const cellWidth = (): number => span() / laid.perDay;
  const drawDoubled = (pen: CanvasRenderingContext2D): void => {
    pen.fillStyle = input.tokens.card;
    for (const cell of laid.doubled) {
      const [x, y] = [LEFT + (cell % laid.perDay) * cellWidth(), TOP + Math.floor(cell / laid.perDay) * row()];
      pen.fillRect(x, y + row() * 0.4, cellWidth(), Math.max(1, row() * 0.2));
    }
  };
  /** A line under the cells where rows are tall enough, and on the right a bar for the hours of each day. */
  const drawAbove = (pen: CanvasRenderingContext2D): void => {
    pen.fillStyle = input.tokens.warn;
    if (row() >= 5) {
      for (const cell of laid.above) {
        const [x, y] = [LEFT + (cell % laid.perDay) * cellWidth(), TOP + (Math.floor(cell / laid.perDay) + 1) * row()];
        pen.fillRect(x, y - 2, cellWidth() + 0.3, 2);
      }
    }
    const [from, wide] = [LEFT + span() + 6, barRoom()];
    hoursAbove(laid).forEach((hours, day) => {
      if (hours > 0) pen.fillRect(from, TOP + day * row() + row() * 0.15, (hours / 24) * wide, Math.max(1, row() * 0.7));
    });
    if (laid.above.size === 0) return;
    pen.fillStyle = input.tokens.muted;
    pen.textAlign = 'right';
    pen.fillText(t('chart.carpet.hours_above'), LEFT + span() + margin() - 4, TOP - 10);
  };
  const drawAxes = (pen: CanvasRenderingContext2D): void => {
    const { view, tokens } = input;
    pen.fillStyle = tokens.muted;
    pen.textAlign = 'right';
    const isLong = laid.days > 100;
    const ticks = isLong ? monthTicks : dayTicks;
    const midnight = dayOf(0).from;
    for (const at of ticks(midnight, view.to, view.zone, deep() / 20)) {
      const y = TOP + Math.round((at - midnight) / DAY) * row() + Math.max(row() / 2, 5);
      if (y < TOP + deep() + 2) pen.fillText((isLong ? monthName : dayAndMonth)(at, view.zone), LEFT - 6, y);
    }
    pen.textAlign = 'center';
    const every = span() < 200 ? 12 : span() < 420 ? 6 : 3;
    for (let hour = 0; hour <= 24; hour += every) {
      const x = LEFT + (hour / 24) * span();
      pen.fillRect(x, TOP + deep(), 1, 4);
      pen.fillText(`${String(hour).padStart(2, '0')}:00`, x, TOP + deep() + 13);
    }
  };
  const drawEvents = (pen: CanvasRenderingContext2D): void => {
    const { view, tokens } = input;
    const shown = (view.annotations ?? []).filter(({ from, to }) => to >= view.from && from < view.to);
    const midnight = dayOf(0).from;
    const rowsOf = (at: number): number => (Math.min(Math.max(at, midnight), view.to) - midnight) / DAY;
    const lane = lanes(shown.map(({ from }) => rowsOf(from) * row()), 16);
    pen.textAlign = 'center';
    shown.forEach(({ mark, from, to }, i) => {
      const x = LEFT + span() + barRoom() + 10 + (isNarrow() ? 0 : Math.min(lane[i] ?? 0, 2) * 16);
      const [top, bottom] = [TOP + Math.floor(rowsOf(from)) * row(), TOP + Math.ceil(rowsOf(Math.max(to, from + 1))) * row()];
      pen.fillStyle = tokens.muted;
      pen.fillRect(x, top, 2, Math.max(bottom - top, 2));
      pen.fillRect(x, top, 14, 13);
      pen.fillStyle = tokens.card;
      pen.fillText(mark, x + 7, top + 7);
    });
  };
  const drawKey = (pen: CanvasRenderingContext2D, width: number): void => {
    if (Number.isNaN(laid.low)) return;
    const [y, length] = [TOP + deep() + AXIS + 10, Math.min(140, width / 3)];
    const unit = input.view.rateUnit;
    const low = quantity(laid.low, unit);
    pen.textAlign = 'left';
    pen.fillStyle = input.tokens.muted;
    pen.fillText(low, LEFT, y + 6);
    const from = LEFT + pen.measureText(low).width + 8;
    for (let x = 0; x < length; x++) {
      pen.fillStyle = `rgb(${heat(input.tokens.heat, x / length).join(',')})`;
      pen.fillRect(from + x, y, 1.5, 12);
    }
    pen.fillStyle = input.tokens.muted;
    pen.fillText(quantity(laid.high, unit), from + length + 8, y + 6);
  };
  const drawChosen = (pen: CanvasRenderingContext2D): void => {
    pen.strokeStyle = input.tokens.series;
    pen.lineWidth = 2;
    if (pressed !== undefined && over !== undefined && over !== pressed.row) {
      const [top, bottom] = [Math.min(pressed.row, over), Math.max(pressed.row, over) + 1];
      pen.strokeRect(LEFT, TOP + top * row(), span(), (bottom - top) * row());
    } else if (picked !== undefined) {
      const day = Math.floor(picked / laid.perDay);
      pen.strokeRect(LEFT - 1, TOP + day * row() - 1, span() + 2, row() + 2);
      pen.fillStyle = input.tokens.series;
      pen.fillRect(LEFT + (picked % laid.perDay) * cellWidth(), TOP + day * row() - 5, Math.max(cellWidth(), 2), 4);
    }
  };

  const spoken = (cell: number): string => {
    const { zone, from, rateUnit } = input.view;
    const { at, bucket } = instantOf(laid, input.data.columns, from, zone, cell);
    const time = dateAndClock(at, zone);
    const value = laid.value[cell] ?? Number.NaN;
    if (Number.isNaN(value)) return t('chart.at.none', { time });
    const sentence = t('chart.at', { time, value: quantity(value, rateUnit) });
    const high = bucket === undefined ? undefined : input.data.other?.high?.[bucket];
    if (!laid.above.has(cell) || typeof high !== 'number') return sentence;
    return t('chart.carpet.at.above', { at: sentence, high: quantity(high, rateUnit) });
  };
  const choose = (cell: number | undefined): void => {
    picked = cell;
    draw();
    on.cursor(cell === undefined ? null : spoken(cell));
  };
  const rowAt = (event: PointerEvent): number =>
    Math.floor((event.clientY - canvas.getBoundingClientRect().top - TOP) / row());
  const cellAt = (event: PointerEvent): number | undefined => {
    const x = event.clientX - canvas.getBoundingClientRect().left - LEFT;
    const [day, cell] = [rowAt(event), Math.floor((x / span()) * laid.perDay)];
    const isInside = day >= 0 && day < laid.days && cell >= 0 && cell < laid.perDay;
    return isInside ? day * laid.perDay + cell : undefined;
  };
  const move = (event: PointerEvent): void => {
    over = Math.min(Math.max(rowAt(event), 0), laid.days - 1);
    choose(cellAt(event));
  };
  const press = (event: PointerEvent): void => {
    if (event.button === 0 && cellAt(event) !== undefined) pressed = { row: rowAt(event), isNote: event.shiftKey };
  };
  const release = (event: PointerEvent): void => {
    const begun = pressed;
    pressed = undefined;
    if (begun === undefined) return;
    const last = Math.min(Math.max(rowAt(event), 0), laid.days - 1);
    const stretch = [dayOf(Math.min(begun.row, last)).from, dayOf(Math.max(begun.row, last)).to] as const;
    if (begun.isNote) on.annotate?.(...stretch);
    else if (last !== begun.row) on.range?.(...stretch);
    else on.pick?.(...stretch);
  };
  const key = (event: KeyboardEvent): void => {
    const { perDay, days } = laid;
    const last = days * perDay - 1;
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -perDay, ArrowDown: perDay, Home: -last, End: last }[event.key];
    if (by !== undefined) choose(Math.min(Math.max((picked ?? 0) + (picked === undefined ? 0 : by), 0), last));
    else if (event.key === 'Escape' && picked !== undefined) choose(undefined);
    else if (event.key === 'Enter' && picked !== undefined) {
      const { from, to } = dayOf(Math.floor(picked / perDay));
      on.pick?.(from, to);
    } else return;
    event.preventDefault();
  };
  const leave = (): void => {
    pressed = undefined;
    choose(undefined);
  };
  el.tabIndex = 0;
  canvas.addEventListener('pointermove', move);
  canvas.addEventListener('pointerdown', press);
  canvas.addEventListener('pointerup', release);
  canvas.addEventListener('pointerleave', leave);
  el.addEventListener('keydown', key);
  const watch = new ResizeObserver(draw);
  watch.observe(el);
  draw();

  const summary = (): string => {
    if (Number.isNaN(laid.low)) return t('chart.empty');
    const { rateUnit } = input.view;
    const usual = t('chart.summary.carpet', {
      low: quantity(laid.low, rateUnit),
      high: quantity(laid.high, rateUnit),
    });
    const hours = hoursAbove(laid);
    const days = hours.filter((known) => known > 0).length;
    if (days === 0) return usual;
    const whole = duration(hours.reduce((sum, known) => sum + known, 0) * HOUR);
    const worst = hours.indexOf(Math.max(...hours));
    return `${usual} ${tn('chart.carpet.above', days, { duration: whole, worst: date(dayOf(worst).from, input.view.zone) })}`;
  };

  return {
    update(next) {
      const isSame = next.data === input.data && next.view.from === input.view.from && next.view.to === input.view.to;
      input = next;
      if (!isSame) laid = lay(next);
      draw();
    },
    destroy() {
      watch.disconnect();
      el.removeEventListener('keydown', key);
      canvas.remove();
    },
    summary,
    table: () => carpetTable(laid, input),
    csv: () => figureCsv(input, input.view.rateUnit === input.view.amountUnit ? 'amount' : 'rate'),
    png: () => picture(canvas, input, scopeSentence(input)),
  };
};
