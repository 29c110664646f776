/** What the head of every page leads to, in order. What is not built, or is nobody's business, is absent. */
import { pagePath, portfolioPath } from '../features/screen';
import { find } from './routes';

export interface Place {
  readonly name: 'board' | 'portfolio' | 'my_sites' | 'find' | 'imports' | 'administration';
  readonly path: (tenant: string) => string;
  /** Parts of the address that belong to it, for the mark of where one is. */
  readonly parts: readonly string[];
  /** The letter that goes there after `g`. */
  readonly key: string;
  /** On a telephone's bottom bar. */
  readonly isThumb: boolean;
  /** In the head of a wide screen, where find has a button of its own. */
  readonly isDesk: boolean;
}

const places: readonly Place[] = [
  { name: 'board', path: (t) => pagePath(t, 'board'), parts: ['board'], key: 'b', isThumb: false, isDesk: true },
  { name: 'portfolio', path: portfolioPath, parts: ['portfolio', 'site', 'asset', 'meter'], key: 'p', isThumb: true, isDesk: true },
  { name: 'my_sites', path: (t) => pagePath(t, 'my-sites'), parts: ['my-sites'], key: 'm', isThumb: true, isDesk: true },
  { name: 'find', path: (t) => pagePath(t, 'find'), parts: ['find'], key: 'f', isThumb: true, isDesk: false },
  { name: 'imports', path: (t) => pagePath(t, 'imports'), parts: ['imports', 'add'], key: 'i', isThumb: true, isDesk: true },
  {
    name: 'administration',
    path: (t) => pagePath(t, 'administration', 'preferences'),
    parts: ['administration'],
    key: 'a',
    isThumb: false,
    isDesk: true,
  },
];

/** The places that exist in this build. */
export const placesOf = (tenant: string): readonly Place[] => places.filter(({ path }) => find(path(tenant)));

/** Whether an address lies inside a place. */
export const isInside = ({ parts }: Place, pathname: string): boolean =>
  parts.includes(pathname.split('/')[3] ?? '');
