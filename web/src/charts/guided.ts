/** The cursor and the hand of a uPlot chart: led by ourselves, as uPlot hears mice only and shares its cursor with its like. */
import type uPlot from 'uplot';

import { listen } from './gestures';
import { join } from './linked';

const deaf = (): null => null;

/** uPlot shows the cursor where it is put, and hears nothing itself. */
export const CURSOR: uPlot.Cursor = {
  y: false,
  drag: { x: false, y: false, setScale: false },
  points: { size: 7 },
  bind: {
    mousedown: deaf,
    mouseup: deaf,
    click: deaf,
    dblclick: deaf,
    mousemove: deaf,
    mouseleave: deaf,
    mouseenter: deaf,
  },
};

export interface Wants {
  /** Charts of the same name share one cursor. */
  readonly link: string | undefined;
  readonly mayDrag: () => boolean;
  /** [ms] */
  readonly dragged: (from: number, to: number, isNote: boolean) => void;
  readonly clicked: (at: number) => void;
}

export interface Guide {
  /** Puts the cursor on an instant, here and on the linked charts; undefined takes it away. */
  readonly stand: (at: number | undefined) => void;
  readonly release: () => void;
}

export function guide(u: uPlot, wants: Wants): Guide {
  const show = (at: number | undefined): void => {
    const left = at === undefined ? -1 : u.valToPos(at, 'x');
    const isInside = left >= 0 && left <= u.over.clientWidth;
    u.setCursor(isInside ? { left, top: 0 } : { left: -10, top: -10 });
  };
  const link = join(wants.link, show);
  const stand = (at: number | undefined): void => {
    show(at);
    link.tell(at);
  };
  const silence = listen(u.over, {
    point: (x) => stand(u.posToVal(x, 'x')),
    leave: () => stand(undefined),
    mark: (stretch) => {
      const [left, right] = stretch ?? [0, 0];
      u.setSelect({ left, top: 0, width: right - left, height: stretch === undefined ? 0 : u.over.clientHeight }, false);
    },
    dragged: (left, right, isNote) => wants.dragged(u.posToVal(left, 'x'), u.posToVal(right, 'x'), isNote),
    clicked: (x) => wants.clicked(u.posToVal(x, 'x')),
    mayDrag: wants.mayDrag,
  });
  return {
    stand,
    release: () => {
      silence();
      link.leave();
    },
  };
}
