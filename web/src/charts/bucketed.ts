/** A chart of buckets that draws itself: axes, gaps, what happened, cursor, keys and hand; its kind draws the figures. */
import { short } from '../format/number';
import { drawAnnotations } from './annotations';
import { bucketAround, edgesOf, widened } from './buckets';
import { listen } from './gestures';
import { drawGaps, type Ground } from './ground';
import { join } from './linked';
import { picture } from './picture';
import { atOf, xOf, yOf, type Plane } from './plane';
import { scaleOf } from './scale';
import { scopeSentence } from './sentences';
import { figureCsv, figureTable } from './table';
import { axisRoom, LABEL_WIDTH, zoneOf } from './ticks';
import type { Chart, ChartEvents, ChartInput } from './types';
import { strideOf, walked } from './walk';

export interface Kind {
  /** The lowest and the highest of what is drawn; the axis holds zero in any case. */
  readonly extent: (input: ChartInput) => readonly [least: number, most: number];
  /** Draws the figures, in CSS pixels. */
  readonly figures: (pen: CanvasRenderingContext2D, plane: Plane, input: ChartInput) => void;
  readonly ticks: (from: number, to: number, zone: string, most: number) => readonly number[];
  /** `span` is the length of the period, so that a mark says no more than it must. [ms] */
  readonly tickText: (at: number, zone: string, span: number) => string;
  readonly summary: (input: ChartInput) => string;
  /** The sentence of a bucket. */
  readonly point: (input: ChartInput, index: number, at: number) => string;
}

const [HEIGHT, TOP, RIGHT, BOTTOM] = [248, 10, 22, 48];
/** At most about this many marks of value: one for each 30 px. */
const MARKS = 6;

/** A box over the drawing, which is no part of its picture. */
function cover(el: HTMLElement, look: Partial<CSSStyleDeclaration>): HTMLElement {
  const box = el.appendChild(document.createElement('div'));
  const at = { position: 'absolute', top: `${TOP}px`, height: `${HEIGHT - TOP - BOTTOM}px`, pointerEvents: 'none' };
  Object.assign(box.style, at, look);
  box.hidden = true;
  return box;
}

const place = (box: HTMLElement, left: number, width: number): void => {
  box.hidden = false;
  [box.style.left, box.style.width] = [`${left}px`, `${width}px`];
};

export function bucketed(el: HTMLElement, first: ChartInput, on: ChartEvents, kind: Kind): Chart {
  let input = first;
  /** Where the cursor stands, on a bucket or between. [ms] */
  let stood: number | undefined;
  let plane: Plane = { left: 0, top: TOP, width: 1, height: 1, from: 0, to: 1, low: 0, high: 1 };
  el.style.position = 'relative';
  const canvas = el.appendChild(document.createElement('canvas'));
  Object.assign(canvas.style, { display: 'block', width: '100%', height: `${HEIGHT}px` });
  const column = cover(el, { background: 'color-mix(in srgb, var(--text) 9%, transparent)' });
  const line = cover(el, { borderLeft: '1px dashed var(--muted)' });
  const stretch = cover(el, { background: 'color-mix(in srgb, var(--accent) 22%, transparent)' });

  const indexAt = (at: number | undefined): number | undefined => at === undefined ? undefined : bucketAround(input.data.columns, at);

  const draw = (): void => {
    const { view, tokens } = input;
    const [ratio, width] = [window.devicePixelRatio || 1, Math.max(el.clientWidth, 200)];
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(HEIGHT * ratio)];
    const pen = canvas.getContext('2d');
    if (pen === null) return;
    pen.scale(ratio, ratio);
    pen.font = tokens.font;
    const { low, high, marks } = scaleOf(...kind.extent(input), MARKS);
    const labels = marks.map(short);
    const left = axisRoom(labels, view.link !== undefined);
    const { from, to, zone } = view;
    plane = { left, top: TOP, width: width - left - RIGHT, height: HEIGHT - TOP - BOTTOM, from, to, low, high };
    const [right, floor] = [left + plane.width, TOP + plane.height];

    const rule = (x0: number, y0: number, x1: number, y1: number): void => {
      pen.beginPath();
      // Half a pixel: a line of one pixel is sharp.
      pen.moveTo(Math.round(x0) + 0.5, Math.round(y0) + 0.5);
      pen.lineTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
      pen.stroke();
    };
    pen.strokeStyle = tokens.line;
    pen.fillStyle = tokens.muted;
    pen.textBaseline = 'middle';
    pen.textAlign = 'right';
    marks.forEach((mark, i) => {
      rule(left - 4, yOf(plane, mark), right, yOf(plane, mark));
      pen.fillText(labels[i] ?? '', left - 9, yOf(plane, mark));
    });
    pen.textAlign = 'center';
    for (const at of kind.ticks(from, to, zone, plane.width / LABEL_WIDTH)) {
      rule(xOf(plane, at), floor, xOf(plane, at), floor + 4);
      pen.fillText(kind.tickText(at, zone, to - from), xOf(plane, at), floor + 15);
    }
    pen.fillText(zoneOf(view), left + plane.width / 2, floor + 36);

    const ground: Ground = { pen, unit: 1, top: TOP, height: plane.height, xOf: (at) => xOf(plane, at) };
    drawGaps(ground, input);
    pen.save();
    pen.beginPath();
    pen.rect(left, 0, plane.width, HEIGHT);
    pen.clip();
    kind.figures(pen, plane, input);
    pen.restore();
    pen.strokeStyle = tokens.context;
    rule(left, yOf(plane, 0), right, yOf(plane, 0));
    drawAnnotations(ground, input);
    show();
  };

  /** Puts the boxes where the cursor is, and says what stands there. */
  const show = (): void => {
    const edges = edgesOf(input.data.columns, indexAt(stood));
    column.hidden = line.hidden = true;
    if (edges !== undefined) place(column, xOf(plane, edges.from), xOf(plane, edges.to) - xOf(plane, edges.from));
    if (stood !== undefined && stood >= plane.from && stood < plane.to) place(line, xOf(plane, stood), 0);
  };
  const stand = (at: number | undefined): void => {
    stood = at;
    show();
    const index = indexAt(at);
    const start = index === undefined ? undefined : input.data.columns.start[index];
    on.cursor(index === undefined || start === undefined ? null : kind.point(input, index, start));
  };
  const link = join(first.view.link, stand);
  const move = (at: number | undefined): void => {
    stand(at);
    link.tell(at);
  };
  const pick = (at: number | undefined): void => {
    const edges = edgesOf(input.data.columns, indexAt(at));
    if (edges !== undefined) on.pick?.(edges.from, edges.to);
  };
  const within = (x: number): number => Math.min(Math.max(x, plane.left), plane.left + plane.width);
  const silence = listen(canvas, {
    point: (x) => move(atOf(plane, x)),
    leave: () => move(undefined),
    mark: (to) => {
      if (to === undefined) stretch.hidden = true;
      else place(stretch, within(to[0]), within(to[1]) - within(to[0]));
    },
    dragged: (left, right, isNote) => {
      const [from, to] = [atOf(plane, within(left)), atOf(plane, within(right))];
      const whole = from === undefined || to === undefined ? undefined : widened(input.data.columns, input.view, from, to);
      if (whole !== undefined) (isNote ? on.annotate : on.range)?.(...whole);
    },
    clicked: (x) => pick(atOf(plane, x)),
    mayDrag: () => on.range !== undefined || on.annotate !== undefined,
  });
  const key = (event: KeyboardEvent): void => {
    const { columns } = input.data;
    const by = strideOf(event.key, columns.start.length);
    if (by !== undefined) {
      const edges = edgesOf(columns, walked(columns.sum, indexAt(stood), by));
      // The middle of the bucket, which no rounding takes to its neighbour.
      if (edges !== undefined) move((edges.from + edges.to) / 2);
    } else if (event.key === 'Escape' && stood !== undefined) move(undefined);
    else if (event.key === 'Enter' && on.pick !== undefined) pick(stood);
    else return;
    event.preventDefault();
  };
  el.tabIndex = 0;
  el.addEventListener('keydown', key);
  const watch = new ResizeObserver(draw);
  watch.observe(el);
  draw();

  return {
    update(next) {
      input = next;
      draw();
      if (stood !== undefined) stand(stood);
    },
    destroy() {
      watch.disconnect();
      silence();
      link.leave();
      el.removeEventListener('keydown', key);
      for (const part of [canvas, column, line, stretch]) part.remove();
    },
    summary: () => kind.summary(input),
    table: () => figureTable(input, 'amount'),
    csv: () => figureCsv(input, 'amount'),
    png: () => picture(canvas, input, scopeSentence(input)),
  };
}
