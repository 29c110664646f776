/** The addresses of the route table with real things in them: a new route is walked unasked. */
import { type Route, routes } from '../../src/app/routes.ts';
import { type Product, TENANT } from './product.ts';

export const ROUTES: readonly Route[] = routes;

interface Found {
  readonly kind: string;
  readonly id: string;
}

/** What a part of an address stands for; a name that is not here fails the walk and says so. */
const MEANINGS: Readonly<Record<string, (product: Product) => Promise<string>>> = {
  tenant: () => Promise.resolve(TENANT),
  site: async (product) => (await sites(product))[0]?.id ?? '',
  asset: async (product) => first(product, 'town hall', 'asset'),
  meter: async (product) => first(product, 'town hall main', 'meter'),
  import: async (product) => {
    const { imports } = await product.ask<{ imports: { id: string; kind: string }[] }>('/api/energy/imports');
    return imports.find(({ kind }) => kind === 'file')?.id ?? '';
  },
};

export interface SiteRow {
  readonly id: string;
  readonly name: string;
}

export const sites = async (product: Product): Promise<readonly SiteRow[]> =>
  (await product.ask<{ sites: SiteRow[] }>('/api/energy/overview')).sites;

async function first(product: Product, words: string, kind: string): Promise<string> {
  const { results } = await product.ask<{ results: Found[] }>(`/api/energy/search?q=${encodeURIComponent(words)}`);
  return results.find((row) => row.kind === kind)?.id ?? '';
}

/** The address of a route in the simulated portfolio. */
export async function addressOf({ path }: Route, product: Product): Promise<string> {
  const parts = await Promise.all(
    path.split('/').map(async (part, i, all) => {
      if (!part.startsWith(':')) return part;
      const name = part === ':id' ? (all[i - 1] ?? '').replace(/s$/, '') : part.slice(1);
      const meaning = MEANINGS[name];
      if (meaning === undefined) throw new Error(`${path}: harness/places.ts does not know what :${name} stands for`);
      const value = await meaning(product);
      if (value === '') throw new Error(`${path}: the simulated portfolio has nothing for :${name}`);
      return encodeURIComponent(value);
    }),
  );
  return parts.join('/');
}

/** Waits until a screen has what it asked for: nothing more to load, nothing in place of figures. */
export async function settle(page: import('@playwright/test').Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  await page.locator('h1').first().waitFor();
}
