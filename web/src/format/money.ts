/** Amounts of money as text. They come as decimals in text and are only shown here, never computed with. */
import { LOCALE } from './number';

/** The organisation's own currency has its sign; another its three letters, so that no dollar stands for another. */
const styleOf = (currency: string, own: string) =>
  ({ style: 'currency', currency, currencyDisplay: currency === own ? 'narrowSymbol' : 'code' }) as const;

/** About how much: three significant figures, whole units of the currency. `about` stands in the sentence. */
export function roughMoney(amount: string, currency: string, own: string): string {
  const value = Number(amount);
  const places = Math.max(0, Math.floor(Math.log10(Math.max(Math.abs(value), 1))) - 2);
  const rounded = Math.round(value / 10 ** places) * 10 ** places;
  return new Intl.NumberFormat(LOCALE, { ...styleOf(currency, own), maximumFractionDigits: 0 }).format(rounded);
}

/** To the cent, as a decimal in text says it. */
export const exactMoney = (amount: string, currency: string, own: string): string =>
  new Intl.NumberFormat(LOCALE, styleOf(currency, own)).format(Number(amount));
