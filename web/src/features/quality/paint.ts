/** Draws the matrix: one column a day, one row a series; and finds the cell under a pointer. */
import { hatch } from '../../charts/hatch';
import { local, monthName } from '../../format/time';
import { cellOf, type Cell } from './figures';
import { SHAPES } from './marks';
import type { QualityRow } from './reads';

export const ROW = 26;
export const HEAD = 22;
/** Marks need room to be told apart by their shape. [px] */
const LEAST_FOR_MARKS = 12;

export interface Colours {
  readonly text: string;
  readonly muted: string;
  readonly good: string;
  readonly warn: string;
  readonly bad: string;
  readonly accent: string;
}

export interface Picture {
  readonly rows: readonly QualityRow[];
  /** Noon of each day, so that its date is the same in every zone nearby. [ms] */
  readonly days: readonly number[];
  readonly zone: string;
  readonly colours: Colours;
  /** [row, day] under the cursor. */
  readonly cursor: readonly [number, number] | undefined;
}

/** The narrowest canvas on which a day can still be seen. [px] */
export const leastWidth = (days: number): number => days * (days <= 92 ? 14 : 2);

export const cellAt = (x: number, y: number, width: number, days: number, rows: number): [number, number] | undefined => {
  const [row, day] = [Math.floor((y - HEAD) / ROW), Math.floor((x / width) * days)];
  return row >= 0 && row < rows && day >= 0 && day < days ? [row, day] : undefined;
};

export function paint(canvas: HTMLCanvasElement, width: number, picture: Picture): void {
  const { rows, days, colours, cursor } = picture;
  const ratio = window.devicePixelRatio || 1;
  const height = HEAD + rows.length * ROW;
  [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
  [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
  const pen = canvas.getContext('2d');
  if (pen === null) return;
  pen.scale(ratio, ratio);
  const column = width / Math.max(days.length, 1);
  const gap = column >= 8 ? 1 : 0;
  const lines = hatch(pen, colours.bad) ?? colours.bad;
  rows.forEach((row, i) => {
    days.forEach((_, day) => {
      const cell = cellOf(row, day);
      const [x, y, wide, high] = [day * column, HEAD + i * ROW + 3, Math.max(column - gap, 0.5), ROW - 6];
      fill(pen, cell, x, y, wide, high, colours, lines);
      if (column >= LEAST_FOR_MARKS) mark(pen, cell, x, y, wide, high, colours);
    });
  });
  axis(pen, picture, column);
  if (cursor !== undefined) {
    pen.strokeStyle = colours.accent;
    pen.lineWidth = 2;
    pen.strokeRect(cursor[1] * column, HEAD + cursor[0] * ROW + 2, Math.max(column - gap, 3), ROW - 4);
  }
}

function fill(
  pen: CanvasRenderingContext2D,
  { filling, share }: Cell,
  x: number,
  y: number,
  wide: number,
  high: number,
  colours: Colours,
  lines: CanvasPattern | string,
): void {
  if (filling === 'none') return;
  const there = filling === 'whole' ? high : Math.round(high * share);
  if (filling === 'part' || filling === 'missing') {
    // Where a day is a few pixels wide, lines would be lost.
    pen.fillStyle = wide < 6 ? colours.bad : lines;
    pen.fillRect(x, y, wide, high - there);
  }
  pen.fillStyle = colours.good;
  pen.globalAlpha = filling === 'awaited' ? 0.25 : 0.55;
  pen.fillRect(x, y + high - there, wide, there);
  pen.globalAlpha = 1;
  if (filling === 'awaited' && wide > 4) {
    pen.setLineDash([2, 2]);
    pen.lineWidth = 1;
    pen.strokeStyle = colours.muted;
    pen.strokeRect(x + 0.5, y + 0.5, wide - 1, high - 1);
    pen.setLineDash([]);
  }
}

function mark(
  pen: CanvasRenderingContext2D,
  { marks }: Cell,
  x: number,
  y: number,
  wide: number,
  high: number,
  colours: Colours,
): void {
  const [first] = marks;
  if (first === undefined) return;
  const { path, isFilled } = SHAPES[first];
  const shape = new Path2D(path);
  pen.save();
  pen.translate(x + wide / 2 - 5, y + high / 2 - 5);
  pen.lineWidth = 1.5;
  pen.strokeStyle = pen.fillStyle = colours.text;
  if (isFilled) pen.fill(shape);
  else pen.stroke(shape);
  pen.restore();
}

function axis(pen: CanvasRenderingContext2D, { days, zone, colours, rows }: Picture, column: number): void {
  pen.fillStyle = colours.muted;
  pen.font = '12px "Inter Variable", system-ui, sans-serif';
  pen.textBaseline = 'middle';
  let free = 0;
  days.forEach((at, day) => {
    const { day: date, month } = local(at, zone);
    const isMonth = date === 1 || day === 0;
    // In short periods each Monday has its date, in long ones only months are named.
    const isWeek = days.length <= 100 && new Date(at).getUTCDay() === 1;
    if (!isMonth && !isWeek) return;
    const x = day * column;
    const text = isMonth ? (date === 1 && days.length > 100 ? monthName(at, zone) : `${date} ${monthName(at, zone)}`) : `${date}`;
    const wide = pen.measureText(text).width;
    pen.globalAlpha = 0.4;
    pen.fillRect(x, HEAD - 4, 1, isMonth && month > 0 ? rows.length * ROW + 4 : 4);
    pen.globalAlpha = 1;
    if (x < free || x + wide > days.length * column) return;
    pen.fillText(text, x + 2, HEAD / 2);
    free = x + wide + 8;
  });
}
