/** Numbers with their units as text. Three significant figures in tiles and sentences; exact in tables and CSV. */

export const LOCALE = 'en-AU';
/** Stands where a number is unknown; never a zero. */
export const UNKNOWN = '–';

const MINUS = '\u2212';
/** Between a number and its unit: never the end of a line. */
const SPACE = '\u00a0';

const formats = new Map<string, Intl.NumberFormat>();

function rendered(value: number, options: Intl.NumberFormatOptions): string {
  const key = JSON.stringify(options);
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(LOCALE, options);
    formats.set(key, format);
  }
  return format.format(value).replace('-', MINUS);
}

/** A whole number with thousands separated: counts. */
export const count = (value: number): string => rendered(value, { maximumFractionDigits: 0 });

/** Three significant figures, but never digits dropped before the point: 1,234, 12.3, 0.0123. */
export function short(value: number): string {
  if (Math.abs(value) >= 100) return rendered(value, { maximumFractionDigits: 0 });
  return rendered(value, { maximumSignificantDigits: 3 });
}

/** As `short`, with its zeros kept: a live figure must not change its width with its luck. */
function figures(value: number): string {
  if (value === 0 || Math.abs(value) >= 99.95) return short(value);
  return rendered(value, { minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
}

/** Up to six decimals, as stored: tables. */
export const exact = (value: number): string => rendered(value, { maximumFractionDigits: 6 });

/** [factor, unit] by size, largest first; a unit that is not named here is shown as it is. */
const LADDERS: Readonly<Record<string, readonly (readonly [factor: number, unit: string])[]>> = {
  kW: [
    [1e6, 'GW'],
    [1e3, 'MW'],
    [1, 'kW'],
  ],
  kWh: [
    [1e6, 'GWh'],
    [1e3, 'MWh'],
    [1, 'kWh'],
  ],
  MJ: [
    [1e6, 'TJ'],
    [1e3, 'GJ'],
    [1, 'MJ'],
  ],
};

/** A quantity for people: `240 kW`, `1.23 MWh`, `−12.5 kW`; null and NaN read as unknown. */
export function quantity(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
  const size = Math.abs(value);
  const step = LADDERS[unit]?.find(([factor]) => size >= factor);
  const [factor, name] = step ?? [1, unit];
  return `${figures(value / factor)}${SPACE}${unitName(name)}`.trimEnd();
}

/** UCUM codes that nobody writes like that. */
const PLAIN: Readonly<Record<string, string>> = { Cel: '°C', '[ppm]': 'ppm', '1': '' };

/** How a unit is written for people: `m3` becomes m³, `Cel` °C; a bare number has none. */
export const unitName = (unit: string): string => PLAIN[unit] ?? unit.replace(/m3\b/, 'm³').replace(/m2\b/, 'm²');

/** A share of one as per cent: `98.7 %`. Rounded down, so that 100 % means all of it. */
export function share(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
  return `${rendered(Math.floor(value * 1000) / 10, { maximumFractionDigits: 1 })}${SPACE}%`;
}

/** A share of one as whole per cent, for sentences: `31 %`; what is less than one says so. */
export function wholePercent(value: number): string {
  const percent = Math.round(value * 100);
  return percent === 0 && value > 0 ? `< 1${SPACE}%` : `${count(percent)}${SPACE}%`;
}
