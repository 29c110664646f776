/** Where energy went: meters as bars, what flows between them as ribbons, what nobody metered by its name. */
import { sankey, sankeyLinkHorizontal, type SankeyGraph, type SankeyLink, type SankeyNode } from 'd3-sankey';

import { csv } from '../format/csv';
import { exact, quantity, unitName } from '../format/number';
import { t } from '../format/text';
import { hatch } from './hatch';
import { picture } from './picture';
import type { Chart, ChartEvents, Drawn } from './types';

export type FlowKind = 'meter' | 'returned' | 'exported' | 'residual' | 'shortfall';

export interface FlowNode {
  readonly key: string;
  readonly kind: FlowKind;
  readonly name: string;
}

export interface FlowLink {
  readonly source: string;
  readonly target: string;
  readonly value: number;
}

export interface FlowInput extends Drawn {
  readonly nodes: readonly FlowNode[];
  readonly links: readonly FlowLink[];
  readonly unit: string;
  /** Period, zone and coverage, for the picture. */
  readonly scope: string;
}

type Node = SankeyNode<FlowNode, object>;
type Link = SankeyLink<FlowNode, object>;

const [ROW, WIDTH, PAD] = [34, 12, 18];

/** Rows the picture needs: as many as its fullest column has bars. */
export function rowsOf(nodes: readonly FlowNode[], links: readonly FlowLink[]): number {
  const sources = new Set(links.map(({ source }) => source));
  return Math.max(nodes.filter(({ key }) => !sources.has(key)).length, 3);
}

function layout({ nodes, links }: FlowInput, width: number, height: number): SankeyGraph<FlowNode, object> {
  return sankey<FlowNode, object>()
    .nodeId(({ key }) => key)
    .nodeWidth(WIDTH)
    .nodePadding(PAD)
    .extent([
      [1, 8],
      [width - 1, height - 8],
    ])({ nodes: nodes.map((node) => ({ ...node })), links: links.map((link) => ({ ...link })) });
}

/** A name cut to the room there is; the whole of it stands in the table. */
function fitted(pen: CanvasRenderingContext2D, text: string, room: number): string {
  if (pen.measureText(text).width <= room) return text;
  let kept = text;
  while (kept.length > 3 && pen.measureText(`${kept}…`).width > room) kept = kept.slice(0, -1);
  return `${kept.trimEnd()}…`;
}

/** Height of a label. [px] */
const LINE = 16;

export function mount(el: HTMLElement, first: FlowInput, on: ChartEvents): Chart<FlowInput> {
  let input = first;
  let graph: SankeyGraph<FlowNode, object> = { nodes: [], links: [] };
  let picked: number | undefined;
  const canvas = el.appendChild(document.createElement('canvas'));
  canvas.className = 'days';
  const path = sankeyLinkHorizontal<FlowNode, object>();
  const height = (): number => Math.max(248, rowsOf(input.nodes, input.links) * ROW + 24);
  const end = (side: Link['source']): Node | undefined => (typeof side === 'object' ? side : undefined);
  const strokeOf = (kind: FlowKind | undefined): string =>
    kind === 'shortfall' ? input.tokens.warn : kind === 'residual' ? input.tokens.context : input.tokens.series;
  /** A ribbon has the colour of where it goes, of where it comes from where that is an error. */
  const colourOf = (link: Link): string => {
    const source = end(link.source)?.kind;
    return strokeOf(source === 'shortfall' ? source : end(link.target)?.kind);
  };

  const draw = (): void => {
    const { tokens, unit } = input;
    const [width, ratio] = [Math.max(el.clientWidth, 260), window.devicePixelRatio || 1];
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height() * ratio)];
    canvas.style.height = `${height()}px`;
    const pen = canvas.getContext('2d');
    if (pen === null) return;
    pen.scale(ratio, ratio);
    graph = layout(input, width, height());
    graph.links.forEach((link, i) => {
      pen.globalAlpha = picked === i ? 0.7 : picked === undefined ? 0.35 : 0.2;
      pen.strokeStyle = colourOf(link);
      pen.lineWidth = Math.max(link.width ?? 1, 1);
      pen.stroke(new Path2D(path(link) ?? ''));
    });
    pen.globalAlpha = 1;
    pen.font = tokens.font;
    pen.textBaseline = 'middle';
    const columns = Math.max(1, ...graph.nodes.map(({ depth }) => depth ?? 0));
    const room = (width - WIDTH) / columns - WIDTH - 12;
    for (const node of graph.nodes) {
      const [x0, x1, y0, y1] = [node.x0 ?? 0, node.x1 ?? 0, node.y0 ?? 0, node.y1 ?? 0];
      pen.fillStyle = strokeOf(node.kind);
      pen.fillRect(x0, y0, x1 - x0, Math.max(y1 - y0, 1));
      if (node.kind === 'residual') {
        pen.fillStyle = hatch(pen, tokens.card) ?? tokens.card;
        pen.fillRect(x0, y0, x1 - x0, Math.max(y1 - y0, 1));
      }
      const isLast = x1 > width - 2 * WIDTH;
      pen.fillStyle = tokens.text;
      pen.textAlign = isLast ? 'right' : 'left';
      const amount = ` ${quantity(node.value, unit)}`;
      // Two labels may meet in the room between their bars; names give way, amounts stay.
      const name = fitted(pen, node.name, room * (isLast ? 0.58 : 0.4) - pen.measureText(amount).width);
      const [x, y] = [isLast ? x0 - 6 : x1 + 6, (y0 + y1) / 2];
      if (y1 - y0 < LINE) {
        // A ribbon thinner than the label would strike it through.
        pen.strokeStyle = tokens.card;
        pen.lineWidth = 4;
        pen.lineJoin = 'round';
        pen.strokeText(name + amount, x, y);
      }
      pen.fillText(name + amount, x, y);
    }
  };

  const spoken = (i: number): string => {
    const link = graph.links[i];
    return t('chart.flow.at', {
      source: (link && end(link.source)?.name) ?? '',
      target: (link && end(link.target)?.name) ?? '',
      value: quantity(link?.value, input.unit),
    });
  };
  const choose = (i: number | undefined): void => {
    if (i === picked) return;
    picked = i;
    draw();
    on.cursor(i === undefined ? null : spoken(i));
  };
  const move = (event: PointerEvent): void => {
    const pen = canvas.getContext('2d');
    if (pen === null) return;
    const [box, ratio] = [canvas.getBoundingClientRect(), window.devicePixelRatio || 1];
    const [x, y] = [(event.clientX - box.left) * ratio, (event.clientY - box.top) * ratio];
    const found = graph.links.findIndex((link) => {
      pen.lineWidth = Math.max(link.width ?? 1, 6);
      return pen.isPointInStroke(new Path2D(path(link) ?? ''), x, y);
    });
    choose(found === -1 ? undefined : found);
  };
  const key = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (by === undefined || graph.links.length === 0) return;
    choose((((picked ?? (by > 0 ? -1 : 0)) + by) % graph.links.length + graph.links.length) % graph.links.length);
    event.preventDefault();
  };
  const leave = (): void => choose(undefined);
  el.tabIndex = 0;
  canvas.addEventListener('pointermove', move);
  canvas.addEventListener('pointerleave', leave);
  el.addEventListener('keydown', key);
  const watch = new ResizeObserver(draw);
  watch.observe(el);
  draw();

  const nameOf = (wanted: string): string => input.nodes.find(({ key: own }) => own === wanted)?.name ?? wanted;
  return {
    update(next) {
      input = next;
      picked = undefined;
      draw();
    },
    destroy() {
      watch.disconnect();
      el.removeEventListener('keydown', key);
      canvas.remove();
    },
    summary() {
      const targets = new Set(input.links.map(({ target }) => target));
      const roots = input.links.filter(({ source }) => !targets.has(source));
      const largest = [...input.links].sort((a, b) => b.value - a.value)[0];
      if (largest === undefined) return t('chart.empty');
      return t('chart.summary.flow', {
        total: quantity(roots.reduce((sum, { value }) => sum + value, 0), input.unit),
        largest: quantity(largest.value, input.unit),
        name: nameOf(largest.target),
      });
    },
    table: () => ({
      head: [t('chart.column.source'), t('chart.column.target'), t('chart.column.amount', { unit: unitName(input.unit) })],
      rows: input.links.map(({ source, target, value }) => [nameOf(source), nameOf(target), exact(value)]),
    }),
    csv: () =>
      csv([
        ['from', 'to', `amount_${input.unit.toLowerCase()}`],
        ...input.links.map(({ source, target, value }) => [nameOf(source), nameOf(target), value]),
      ]),
    png: () => picture(canvas, input, input.scope),
  };
}
