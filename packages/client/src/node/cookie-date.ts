const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const DELIMITERS = /[\t\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+/;

/**
 * Reads the date of a cookie's `Expires` (RFC 6265bis §5.1.1): its parts in any order, as servers
 * write it and not as HTTP defines it.
 *
 * @returns milliseconds since 1970, or `undefined` for what the RFC calls a failure
 */
export function parseCookieDate(text: string): number | undefined {
  let time: readonly number[] | undefined;
  let day: number | undefined;
  let month: number | undefined;
  let year: number | undefined;
  for (const token of text.split(DELIMITERS)) {
    const clock = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D|$)/.exec(token);
    const number = Number(/^(\d{1,4})(?:\D|$)/.exec(token)?.[1]);
    const digits = /^\d*/.exec(token)?.[0].length ?? 0;
    if (!time && clock) time = clock.slice(1).map(Number);
    else if (day === undefined && digits >= 1 && digits <= 2 && !clock) day = number;
    else if (month === undefined && monthOf(token) >= 0) month = monthOf(token);
    else if (year === undefined && digits >= 2 && digits <= 4) year = fullYear(number);
  }
  if (!time || day === undefined || month === undefined || year === undefined) return undefined;
  const [hour = 0, minute = 0, second = 0] = time;
  if (year < 1601 || hour > 23 || minute > 59 || second > 59) return undefined;
  const instant = new Date(Date.UTC(year, month, day, hour, minute, second));
  // Date.UTC turns the 31st of February into the 3rd of March.
  return instant.getUTCDate() === day ? instant.getTime() : undefined;
}

function monthOf(token: string): number {
  return MONTHS.indexOf(token.slice(0, 3).toLowerCase());
}

function fullYear(year: number): number {
  if (year >= 70 && year <= 99) return year + 1900;
  return year <= 69 ? year + 2000 : year;
}
