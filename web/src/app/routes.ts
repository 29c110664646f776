/** The one list of screens. */
import type { Component } from 'svelte';

import { portfolioPath, type ScreenProps } from '../features/screen';

export interface Route {
  readonly name: string;
  /** `:name` stands for one part of the address. */
  readonly path: string;
  readonly load: () => Promise<{ readonly default: Component<ScreenProps> }>;
}

export const routes: readonly Route[] = [
  {
    name: 'portfolio',
    path: '/t/:tenant/portfolio',
    load: () => import('../features/sites/Portfolio.svelte'),
  },
  {
    name: 'site',
    path: '/t/:tenant/site/:site',
    load: () => import('../features/consumption/Site.svelte'),
  },
];

export interface Found {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** The screen of an address, with the parts its path names. */
export function find(pathname: string): Found | undefined {
  const given = pathname.replace(/\/+$/, '').split('/');
  for (const route of routes) {
    const wanted = route.path.split('/');
    if (wanted.length !== given.length) continue;
    const params: Record<string, string> = {};
    const fits = wanted.every((part, i) => {
      const value = given[i] ?? '';
      if (!part.startsWith(':')) return part === value;
      try {
        params[part.slice(1)] = decodeURIComponent(value);
      } catch {
        return false;
      }
      return value !== '';
    });
    if (fits) return { route, params };
  }
  return undefined;
}

/** Start page of a role (the server names it) -> screen. A page that is not built opens the portfolio. */
const STARTS: Readonly<Record<string, (tenant: string) => string>> = {
  'portfolio-now': portfolioPath,
};

/** Where a membership opens. */
export const startOf = ({ tenant, start }: { readonly tenant: string; readonly start: string }): string =>
  (STARTS[start] ?? portfolioPath)(tenant);

/** An address of this app that sign-in may return to; anything else is refused, other hosts above all. */
export const returnable = (href: string | null): string | undefined =>
  href !== null && /^\/t\/[^\\]*$/.test(href) && find(href.split(/[?#]/)[0] ?? '') !== undefined ? href : undefined;
