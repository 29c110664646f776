/** One cursor over the charts of a page: where one stands, those of the same name show it too, whoever draws them. */

/** [ms]; undefined when the cursor leaves. */
type Hear = (at: number | undefined) => void;

const pages = new Map<string, Set<Hear>>();

export interface Link {
  /** Tells the others, not this one. */
  readonly tell: Hear;
  readonly leave: () => void;
}

export function join(name: string | undefined, hear: Hear): Link {
  if (name === undefined) return { tell: () => undefined, leave: () => undefined };
  const charts = pages.get(name) ?? new Set<Hear>();
  pages.set(name, charts.add(hear));
  return {
    tell: (at) => {
      for (const other of charts) if (other !== hear) other(at);
    },
    leave: () => {
      charts.delete(hear);
      if (charts.size === 0) pages.delete(name);
    },
  };
}
