/** From flows between meters to a tree of what feeds what. */
import type { Balance } from './writes';

export interface Branch {
  readonly id: string;
  readonly name: string;
  readonly feeds: readonly Branch[];
}

/** The tree of a time in which it did not change; a meter that is fed by two stands under the first. */
export function branchesOf(slice: Balance['slices'][number] | undefined): Branch[] {
  if (slice === undefined) return [];
  const meters = new Map(slice.nodes.filter(({ kind }) => kind === 'meter').map((node) => [node.key, node]));
  const placed = new Set<string>();
  const below = (key: string): Branch[] =>
    slice.links
      .filter(({ source, target }) => source === key && meters.has(target) && !placed.has(target))
      .map(({ target }) => branch(target))
      .sort((a, b) => a.name.localeCompare(b.name));
  function branch(key: string): Branch {
    placed.add(key);
    const node = meters.get(key);
    return { id: node?.meter_id ?? key, name: node?.name ?? key, feeds: below(key) };
  }
  const fed = new Set(slice.links.filter(({ source }) => meters.has(source)).map(({ target }) => target));
  return [...meters.keys()]
    .filter((key) => !fed.has(key))
    .map(branch)
    .sort((a, b) => b.feeds.length - a.feeds.length || a.name.localeCompare(b.name));
}
