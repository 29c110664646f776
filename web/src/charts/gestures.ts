/** What a hand does on a chart of time: it points, drags a stretch, clicks. A finger does so sideways, up and down it scrolls. */

/** A drag shorter than this is a click with a shaking hand. [px] */
const CLICK = 4;

/** Places are in CSS pixels from the left of the element. */
export interface Hand {
  readonly point: (x: number) => void;
  readonly leave: () => void;
  /** While it is dragged; without places when that ends. */
  readonly mark: (stretch?: readonly [left: number, right: number]) => void;
  readonly dragged: (left: number, right: number, isNote: boolean) => void;
  readonly clicked: (x: number) => void;
  /** Whether a stretch means anything now. */
  readonly mayDrag: () => boolean;
}

/** Listens until what it returns is called. */
export function listen(el: HTMLElement, hand: Hand): () => void {
  let begun: { readonly x: number; readonly y: number; readonly isNote: boolean } | undefined;
  const placeOf = (event: PointerEvent): number => event.clientX - el.getBoundingClientRect().left;
  const end = (): void => {
    begun = undefined;
    hand.mark();
  };
  const down = (event: PointerEvent): void => {
    if (event.button !== 0 || !event.isPrimary) return;
    begun = { x: placeOf(event), y: event.clientY, isNote: event.shiftKey };
    // So that a drag may leave the chart and come back.
    el.setPointerCapture(event.pointerId);
    hand.point(begun.x);
  };
  const move = (event: PointerEvent): void => {
    if (!event.isPrimary) return;
    const x = Math.min(Math.max(placeOf(event), 0), el.clientWidth);
    hand.point(x);
    if (begun === undefined || !hand.mayDrag()) return;
    if (Math.abs(x - begun.x) >= CLICK) hand.mark([Math.min(begun.x, x), Math.max(begun.x, x)]);
    else hand.mark();
  };
  const up = (event: PointerEvent): void => {
    if (begun === undefined || !event.isPrimary) return;
    const { x: from, y, isNote } = begun;
    const x = Math.min(Math.max(placeOf(event), 0), el.clientWidth);
    end();
    // What went up or down only was no click: a finger that would have scrolled, had there been anything to scroll.
    if (Math.abs(x - from) < CLICK && Math.abs(event.clientY - y) < 3 * CLICK) hand.clicked(x);
    else if (Math.abs(x - from) >= CLICK && hand.mayDrag()) hand.dragged(Math.min(from, x), Math.max(from, x), isNote);
  };
  const leave = (event: PointerEvent): void => {
    // A finger leaves whenever it is lifted; what it pointed at can then be read.
    if (event.pointerType !== 'touch') hand.leave();
  };
  const all = { pointerdown: down, pointermove: move, pointerup: up, pointercancel: end, pointerleave: leave } as const;
  for (const [name, heard] of Object.entries(all)) el.addEventListener(name, heard as EventListener);
  return () => {
    for (const [name, heard] of Object.entries(all)) el.removeEventListener(name, heard as EventListener);
  };
}
