/** The one list of screens: their addresses, and what loads them. A screen that is not here does not exist. */
import type { Component } from 'svelte';

import { pagePath, portfolioPath, type ObjectKind, type ScreenProps } from '../features/screen';
import type { ObjectScreenProps } from '../features/subject';

/** Tabs of an object page, in the order they stand; the first is the page itself. */
export const TABS = ['now', 'energy', 'trend', 'data', 'set-up'] as const;
export type Tab = (typeof TABS)[number];

export interface Route {
  readonly name: string;
  /** `:name` stands for one part of the address. */
  readonly path: string;
  /** Screens with `:site`, `:asset` or `:meter` in their path are told what that is. */
  readonly load: () => Promise<{ readonly default: Component<ScreenProps> | Component<ObjectScreenProps> }>;
  /** The object page this is a tab of. */
  readonly tab?: { readonly of: ObjectKind | 'portfolio'; readonly name: Tab };
}

const portfolio = () => import('../features/sites/Portfolio.svelte');
const now = () => import('../features/now/Now.svelte');
const energy = () => import('../features/energy/Energy.svelte');
const data = () => import('../features/quality/Data.svelte');
const setUp = () => import('../features/register/SetUp.svelte');

const trend = () => import('../features/trend/Trend.svelte');

export const routes: readonly Route[] = [
  { name: 'board', path: '/t/:tenant/board', load: () => import('../features/board/Board.svelte') },
  { name: 'portfolio', path: '/t/:tenant/portfolio', load: portfolio, tab: { of: 'portfolio', name: 'now' } },
  {
    name: 'portfolio_energy',
    path: '/t/:tenant/portfolio/energy',
    load: () => import('../features/sites/PortfolioEnergy.svelte'),
    tab: { of: 'portfolio', name: 'energy' },
  },
  { name: 'site', path: '/t/:tenant/site/:site', load: now, tab: { of: 'site', name: 'now' } },
  { name: 'asset', path: '/t/:tenant/asset/:asset', load: now, tab: { of: 'asset', name: 'now' } },
  { name: 'site_trend', path: '/t/:tenant/site/:site/trend', load: trend, tab: { of: 'site', name: 'trend' } },
  { name: 'asset_trend', path: '/t/:tenant/asset/:asset/trend', load: trend, tab: { of: 'asset', name: 'trend' } },
  {
    name: 'meter',
    path: '/t/:tenant/meter/:meter',
    load: () => import('../features/now/MeterNow.svelte'),
    tab: { of: 'meter', name: 'now' },
  },
  { name: 'site-energy', path: '/t/:tenant/site/:site/energy', load: energy, tab: { of: 'site', name: 'energy' } },
  { name: 'asset-energy', path: '/t/:tenant/asset/:asset/energy', load: energy, tab: { of: 'asset', name: 'energy' } },
  { name: 'meter-energy', path: '/t/:tenant/meter/:meter/energy', load: energy, tab: { of: 'meter', name: 'energy' } },
  { name: 'add', path: '/t/:tenant/add', load: () => import('../features/commissioning/Add.svelte') },
  { name: 'imports', path: '/t/:tenant/imports', load: () => import('../features/imports/Imports.svelte') },
  { name: 'import', path: '/t/:tenant/imports/:import', load: () => import('../features/imports/Import.svelte') },
  { name: 'account', path: '/t/:tenant/account', load: () => import('../features/session/Account.svelte') },
  {
    name: 'preferences',
    path: '/t/:tenant/administration/preferences',
    load: () => import('../features/administration/Preferences.svelte'),
  },
  {
    name: 'people',
    path: '/t/:tenant/administration/people',
    load: () => import('../features/administration/People.svelte'),
  },
  { name: 'keys', path: '/t/:tenant/administration/keys', load: () => import('../features/administration/Keys.svelte') },
  { name: 'jobs', path: '/t/:tenant/administration/jobs', load: () => import('../features/administration/Jobs.svelte') },
  {
    name: 'record',
    path: '/t/:tenant/administration/record',
    load: () => import('../features/administration/Record.svelte'),
  },
  { name: 'find', path: '/t/:tenant/find', load: () => import('../features/find/Find.svelte') },
  { name: 'my_sites', path: '/t/:tenant/my-sites', load: () => import('../features/mysites/MySites.svelte') },
  {
    name: 'talking',
    path: '/t/:tenant/meter/:meter/talking',
    load: () => import('../features/mysites/Talking.svelte'),
  },
  { name: 'site-data', path: '/t/:tenant/site/:site/data', load: data, tab: { of: 'site', name: 'data' } },
  { name: 'asset-data', path: '/t/:tenant/asset/:asset/data', load: data, tab: { of: 'asset', name: 'data' } },
  { name: 'meter-data', path: '/t/:tenant/meter/:meter/data', load: data, tab: { of: 'meter', name: 'data' } },
  { name: 'site-set-up', path: '/t/:tenant/site/:site/set-up', load: setUp, tab: { of: 'site', name: 'set-up' } },
  { name: 'asset-set-up', path: '/t/:tenant/asset/:asset/set-up', load: setUp, tab: { of: 'asset', name: 'set-up' } },
  { name: 'meter-set-up', path: '/t/:tenant/meter/:meter/set-up', load: setUp, tab: { of: 'meter', name: 'set-up' } },
];

/** The tabs that an object page has, with their screens. */
export const tabsOf = (of: ObjectKind | 'portfolio'): readonly Tab[] =>
  TABS.filter((name) => routes.some(({ tab }) => tab?.of === of && tab.name === name));

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

/** What an address is about, where it is about one object. */
export function objectOf({ params }: Found): { readonly kind: ObjectKind; readonly id: string } | undefined {
  for (const kind of ['site', 'asset', 'meter'] as const) {
    const id = params[kind];
    if (id !== undefined) return { kind, id };
  }
  return undefined;
}

/** Start page (the server names it by role) -> address. */
const STARTS: Readonly<Record<string, (tenant: string) => string>> = {
  board: (tenant) => pagePath(tenant, 'board'),
  'portfolio-now': portfolioPath,
  'portfolio-energy': (tenant) => pagePath(tenant, 'portfolio', 'energy'),
  'my-sites': (tenant) => pagePath(tenant, 'my-sites'),
  'set-up': (tenant) => pagePath(tenant, 'imports'),
};

/** Where a membership opens: the person's own choice, else the role's page; the portfolio where neither stands. */
export function startOf(tenant: string, start: string): string {
  const wanted = (STARTS[start] ?? portfolioPath)(tenant);
  return find(wanted) === undefined ? portfolioPath(tenant) : wanted;
}

/** An address of this app that sign-in may return to; anything else is refused, other hosts above all. */
export const returnable = (href: string | null): string | undefined =>
  href !== null && /^\/t\/[^\\]*$/.test(href) && find(href.split(/[?#]/)[0] ?? '') !== undefined ? href : undefined;
