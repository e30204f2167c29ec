import { isRange, RANGE } from '../../edge/address-ranges.js';
import { FORWARDED_HEADERS, type ForwardedHeader } from '../../edge/claims.js';
import { type Field, faultOf, type Located, section } from '../field.js';
import { choice } from '../fields.js';
import { completeOf } from '../lists.js';

const MAX_RANGES = 256;

/** A list, or one text with commas between; each range that is none is told by itself. */
function addressRanges(): Field<readonly string[]> {
  return {
    ...{ kind: 'field', fallback: [], restart: true },
    read(from, path, report) {
      const items = typeof from.value === 'string' ? split(from, from.value) : from.value;
      if (!Array.isArray(items) || items.length > MAX_RANGES) {
        report(faultOf(from, path, `a list of at most ${MAX_RANGES}, each ${RANGE}`));
        return undefined;
      }
      return completeOf(
        items.map((item: Located, index) => {
          if (typeof item.value === 'string' && isRange(item.value)) return item.value;
          report(faultOf(item, `${path}[${index}]`, RANGE));
          return undefined;
        }),
      );
    },
  };
}

function split({ where }: Located, text: string): Located[] {
  return text.split(',').map((item) => ({ where, value: item.trim() }));
}

/** Proxies that begin each of their connections with a PROXY header. */
export const PROXY_PROTOCOL = section({ trusted: addressRanges() });

/** Whose word on where requests come from is believed, and how nodes are told. */
export const FORWARDED = section({
  trusted: addressRanges(),
  header: choice<ForwardedHeader>({ fallback: 'x-forwarded', restart: true }, FORWARDED_HEADERS),
});
