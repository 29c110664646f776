/** The three sentences and the three figures of the board, in words that need no training. */
import type { Portfolio, PortfolioSite } from '../../live/portfolio';
import { changeInWords } from '../../format/change';
import { roughMoney } from '../../format/money';
import { fewNames } from '../../format/names';
import { LOCALE, quantity, share } from '../../format/number';
import { spanOf, type Calendar, type Chosen } from '../../format/period';
import { named, t, tn } from '../../format/text';
import { date, local, monthLongAndYear } from '../../format/time';

/** A change smaller than this is called the same. */
const SAME = 0.005;

/** Whether days of the period have not passed. */
export const isRunning = (chosen: Chosen, calendar: Calendar): boolean => spanOf(chosen, calendar).to > calendar.asOf + 1;

/** `In the financial year 2026–27 so far`: the beginning of the first sentence. */
export function periodInWords(chosen: Chosen, calendar: Calendar): string {
  const { zone } = calendar;
  const { from, to } = spanOf(chosen, calendar);
  const soFar = isRunning(chosen, calendar);
  if (chosen.kind === 'month') {
    return t(soFar ? 'board.in.month.so_far' : 'board.in.month', { month: monthLongAndYear(from, zone) });
  }
  if (chosen.kind === 'quarter') return soFar ? t('board.in.quarter.so_far') : t('board.in.quarter', { date: date(from, zone) });
  const [first, last] = [local(from, zone).year, local(to - 1, zone).year];
  const years = first === last ? String(first) : `${first}–${String(last % 100).padStart(2, '0')}`;
  return t(soFar ? 'board.in.year.so_far' : 'board.in.year', { years });
}

/** The site whose energy changed most, in energy: a large share of a little is no news. */
export function largestChange({ sites, totals }: Portfolio): PortfolioSite | undefined {
  const size = ({ compared }: PortfolioSite): number => Math.abs(compared.this - compared.that);
  return sites
    .filter(({ compared, unit }) => compared.change_share !== null && unit === totals.unit)
    .reduce<PortfolioSite | undefined>((most, site) => (most === undefined || size(site) > size(most) ? site : most), undefined);
}

/** What was used, and whether that is more or less than a year before. */
export function usedSentence({ totals }: Portfolio, chosen: Chosen, calendar: Calendar): string {
  const period = periodInWords(chosen, calendar);
  if (totals.sum === null) return t('board.used.none', { period });
  const [energy, sites] = [quantity(totals.sum, totals.unit), tn('board.sites', totals.sites_with_data)];
  const { change_share: change, reason } = totals.compared;
  if (change === null) {
    const why = t('board.used.why', { why: named('why', reason ?? 'nothing_elapsed') });
    return `${t('board.used', { period, sites, energy })} ${why}`;
  }
  const before = t('board.before');
  const isSame = Math.abs(change) < SAME;
  if (totals.compared_sites < totals.sites_with_data) {
    const compared = tn('board.sites', totals.compared_sites);
    return isSame
      ? t('board.used.some.same', { period, sites, energy, compared, before })
      : t('board.used.some', { period, sites, energy, compared, change: changeInWords(change), before });
  }
  return isSame
    ? t('board.used.same', { period, sites, energy, before })
    : t('board.used.change', { period, sites, energy, change: changeInWords(change), before });
}

/** Which site changed most. */
export function largestSentence(portfolio: Portfolio): string {
  const site = largestChange(portfolio);
  if (site === undefined || site.compared.change_share === null) return t('board.largest.none');
  const difference = site.compared.this - site.compared.that;
  if (Math.abs(site.compared.change_share) < SAME) return t('board.largest.same');
  return t(difference < 0 ? 'board.largest.less' : 'board.largest.more', {
    site: site.name,
    share: share(Math.round(Math.abs(site.compared.change_share) * 1000) / 1000 + 1e-9),
    energy: quantity(Math.abs(difference), site.unit),
  });
}

/** Where a tenth of a per cent and more is missing somewhere, that place is named. */
const NAMED = 0.99;

/** What it cost where prices are known, and how much of the data is there. */
export function dataSentence({ totals, sites }: Portfolio, currency: string): string {
  const parts: string[] = [];
  // Two currencies do not add up, and two sums are no board's business.
  const [cost, another] = totals.costs;
  if (cost !== undefined && another === undefined) {
    const about = roughMoney(cost.amount, cost.currency, currency);
    parts.push(
      cost.sites < totals.sites_with_data
        ? t('board.cost.some', { sites: tn('board.sites', cost.sites), cost: about })
        : t('board.cost', { cost: about }),
    );
  }
  const least = sites
    .filter(({ coverage, sum }) => coverage !== null && sum !== null)
    .reduce<PortfolioSite | undefined>((low, site) => ((site.coverage ?? 1) < (low?.coverage ?? 2) ? site : low), undefined);
  const held = share(totals.coverage);
  if (totals.coverage !== null) {
    parts.push(
      least !== undefined && (least.coverage ?? 1) < NAMED && sites.length > 1
        ? t('board.data.gaps', { share: held, site: least.name, least: share(least.coverage) })
        : t('board.data', { share: held }),
    );
  }
  const silent = sites.filter(({ sum, compared }) => sum === null && compared.reason !== 'nothing_metered');
  if (silent.length > 0 && totals.sites_with_data > 0) {
    const names = silent.map(({ name }) => name).sort(new Intl.Collator(LOCALE, { numeric: true }).compare);
    parts.push(tn('board.data.silent', silent.length, { names: fewNames(names) }));
  }
  return parts.join(' ');
}

export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly below: string;
}

/** Energy, the largest change, and how much of the data is there. */
export function figuresOf(portfolio: Portfolio): readonly Figure[] {
  const { totals } = portfolio;
  const largest = largestChange(portfolio);
  const change = totals.compared.change_share;
  const moved = largest?.compared.change_share ?? null;
  const isMoved = largest !== undefined && moved !== null && Math.abs(moved) >= SAME;
  const than = (of: number | null): string =>
    of === null
      ? t('board.figure.energy.none')
      : Math.abs(of) < SAME
        ? t('board.figure.energy.same')
        : t('board.figure.change', { change: changeInWords(of) });
  const estimated = totals.estimated_share ?? 0;
  return [
    { name: t('board.figure.energy'), value: quantity(totals.sum, totals.unit), below: than(change) },
    {
      name: t('board.figure.largest'),
      value: isMoved ? largest.name : t(largest === undefined ? 'board.figure.largest.none' : 'board.figure.largest.same'),
      below: isMoved ? than(moved) : '',
    },
    {
      name: t('board.figure.data'),
      value: share(totals.coverage),
      below:
        estimated < 0.0005 ? t('board.figure.data.measured') : t('board.figure.data.estimated', { share: share(estimated) }),
    },
  ];
}
