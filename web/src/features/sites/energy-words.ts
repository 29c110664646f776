/** The sentence on top of the portfolio's energy. */
import { changeInWords } from '../../format/change';
import { quantity } from '../../format/number';
import { periodInWords, spanOf, type Calendar, type Chosen } from '../../format/period';
import { named, t, tn } from '../../format/text';
import type { Portfolio } from '../../live/portfolio';

/** A change smaller than this is called the same. */
const SAME = 0.005;

export function energyHeadline({ totals, sites, comparison, carrier }: Portfolio, chosen: Chosen, calendar: Calendar): string {
  const period = periodInWords(chosen, calendar);
  const isRunning = spanOf(chosen, calendar).to > calendar.asOf + 1;
  const when = isRunning ? t('energies.so_far', { period }) : period;
  if (totals.sum === null) return t('energies.headline.none', { period: when });
  const parts = [
    t('energies.headline', {
      period: when,
      sites: tn('portfolio.sites', totals.sites_with_data),
      energy: quantity(totals.sum, totals.unit),
      carrier: named('carrier', carrier).toLowerCase(),
    }),
  ];
  const { change_share: change, reason } = totals.compared;
  const before = t(comparison === 'previous_period' ? 'energies.before.previous' : 'energies.before.year');
  if (change === null) parts.push(t('energies.why', { why: named('why', reason ?? 'nothing_elapsed') }));
  else {
    const words = Math.abs(change) < SAME ? t('energies.same', { before }) : t('energies.change', { change: changeInWords(change), before });
    parts.push(
      totals.compared_sites < totals.sites_with_data
        ? t('energies.change.some', { sites: tn('portfolio.sites', totals.compared_sites), words })
        : t('energies.change.all', { words }),
    );
  }
  const most = sites.reduce<Portfolio['sites'][number] | undefined>(
    (high, site) => (site.unit === totals.unit && (site.per_m2 ?? -1) > (high?.per_m2 ?? -1) ? site : high),
    undefined,
  );
  if (most !== undefined && most.per_m2 !== null && sites.length > 1) {
    parts.push(t('energies.most', { site: most.name, per_m2: quantity(most.per_m2, `${most.unit}/m2`) }));
  }
  return parts.join(' ');
}
