import { ROUTE_COOKIE_NAMES } from '../contract.js';
import { cookieValues } from './cookies.js';
import { isNumber, isWord } from './label-text.js';

/** Owner first, then backups: the nodes that hold the session, as its last response said. */
export interface RouteCookie {
  readonly holders: readonly string[];
  /** The whole value; what placement hashes when there is no session cookie. */
  readonly value: string;
}

const MAX_LENGTH = 512;
const MAX_HOLDERS = 8;
const VERSION = 'v1.';
const LABEL_LENGTH = 32;
const NUMBER_LENGTH = 15;
const MAC_LENGTH = 64;

/**
 * Reads `v1.<owner>[.<backup>…].<epoch>.<seq>.<mac>` from both ends; undefined when it is anything
 * else. The MAC is not verified: a wrong route costs its sender a hop and nobody anything else,
 * because nodes verify it before they believe it.
 */
export function parseRouteCookie(value: string): RouteCookie | undefined {
  if (value.length > MAX_LENGTH || !value.startsWith(VERSION)) return undefined;
  const mac = value.lastIndexOf('.') + 1;
  const seq = value.lastIndexOf('.', mac - 2) + 1;
  const epoch = value.lastIndexOf('.', seq - 2) + 1;
  if (epoch <= VERSION.length) return undefined;
  if (!isNumber(value, epoch, seq - 1, NUMBER_LENGTH)) return undefined;
  if (!isNumber(value, seq, mac - 1, NUMBER_LENGTH)) return undefined;
  if (!isWord(value, mac, value.length, MAC_LENGTH)) return undefined;
  const holders = labelsIn(value, VERSION.length, epoch - 1);
  return holders === undefined ? undefined : { holders, value };
}

/** Labels with dots between them; undefined when there is anything else. */
function labelsIn(text: string, from: number, to: number): readonly string[] | undefined {
  const labels: string[] = [];
  for (let at = from; at <= to; ) {
    const dot = text.indexOf('.', at);
    const end = dot === -1 || dot > to ? to : dot;
    if (labels.length === MAX_HOLDERS || !isWord(text, at, end, LABEL_LENGTH)) return undefined;
    labels.push(text.slice(at, end));
    at = end + 1;
  }
  return labels;
}

/**
 * The route cookie to believe when several are sent: the first whose owner is known, else the first
 * with a known backup, else the first well-formed one.
 */
export function findRouteCookie(
  header: string | undefined,
  isKnown: (label: string) => boolean,
  limit: number,
): RouteCookie | undefined {
  if (header === undefined) return undefined;
  let best: RouteCookie | undefined;
  let bestMerit = -1;
  for (const name of ROUTE_COOKIE_NAMES) {
    for (const value of cookieValues(header, name, limit)) {
      const route = parseRouteCookie(value);
      if (route === undefined) continue;
      const merit = meritOf(route, isKnown);
      if (merit === 2) return route;
      if (merit > bestMerit) {
        best = route;
        bestMerit = merit;
      }
    }
  }
  return best;
}

function meritOf(route: RouteCookie, isKnown: (label: string) => boolean): 0 | 1 | 2 {
  const [owner = ''] = route.holders;
  if (isKnown(owner)) return 2;
  return route.holders.some(isKnown) ? 1 : 0;
}
