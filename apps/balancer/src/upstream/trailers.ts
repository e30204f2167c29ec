import { UnusableResponseError } from '../errors.js';
import type { HeaderList } from '../proxy/header-list.js';

const TRAILER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*(.*?)[\t ]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const FORBIDDEN = /[\x00-\x08\x0a-\x1f\x7f]/;

/**
 * Reads trailer fields, each line ended by CR LF.
 *
 * @throws UnusableResponseError
 */
export function parseTrailers(text: string): HeaderList {
  if (text === '') return [];
  const fields: string[] = [];
  for (const line of text.split('\r\n')) {
    if (line === '') continue;
    const match = TRAILER_LINE.exec(line);
    if (match === null || FORBIDDEN.test(line)) {
      throw new UnusableResponseError('malformed trailer field');
    }
    fields.push(match[1] as string, match[2] as string);
  }
  return fields;
}
