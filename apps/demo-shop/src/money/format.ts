import { type Currency, currencyDigits, type MinorUnits } from './currency.js';

/** How prices and dates are written. The texts of the shop are English. */
export const LANGUAGES = ['en', 'de', 'fr', 'es', 'it', 'nl'] as const;
export type Language = (typeof LANGUAGES)[number];

/** English as in Britain: the day before the month. Elsewhere the language says enough. */
function localeOf(language: Language): string {
  return language === 'en' ? 'en-GB' : language;
}

// Making a formatter takes a hundred times as long as using one. Bounded by languages × currencies.
const formats = new Map<string, Intl.NumberFormat>();

/** An amount as a person reads it, such as `€12.50` or `12,50 €`. */
export function formatMoney(amount: MinorUnits, currency: Currency, language: Language): string {
  const digits = currencyDigits(currency);
  const name = `${language}/${currency}`;
  let format = formats.get(name);
  if (format === undefined) {
    format = new Intl.NumberFormat(localeOf(language), {
      style: 'currency',
      currency,
      currencyDisplay: 'narrowSymbol',
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    formats.set(name, format);
  }
  return format.format(amount / 10 ** digits);
}

/** A point in time as a person reads it, in UTC because a server knows no better. */
export function formatDate(atMs: number, language: Language): string {
  return new Intl.DateTimeFormat(localeOf(language), {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'UTC',
  }).format(atMs);
}
