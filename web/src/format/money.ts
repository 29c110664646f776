/** Amounts of money as text. They come as decimals in text and are only shown here, never computed with. */
import { LOCALE } from './number';

/** About how much: three significant figures, whole units of the currency. `about` stands in the sentence. */
export function roughMoney(amount: string, currency: string): string {
  const value = Number(amount);
  const places = Math.max(0, Math.floor(Math.log10(Math.max(Math.abs(value), 1))) - 2);
  const rounded = Math.round(value / 10 ** places) * 10 ** places;
  return new Intl.NumberFormat(LOCALE, {
    style: 'currency',
    currency,
    maximumFractionDigits: 0,
  }).format(rounded);
}

/** To the cent, as a decimal in text says it. */
export const exactMoney = (amount: string, currency: string): string =>
  new Intl.NumberFormat(LOCALE, { style: 'currency', currency }).format(Number(amount));
