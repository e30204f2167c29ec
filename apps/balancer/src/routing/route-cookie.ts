import { LABEL_PATTERN, ROUTE_COOKIE_NAMES } from '../contract.js';
import { cookieValues } from './cookies.js';

/** Owner first, then backups: the nodes that hold the session, as its last response said. */
export interface RouteCookie {
  readonly holders: readonly string[];
  /** The whole value; what placement hashes when there is no session cookie. */
  readonly value: string;
}

const MAX_LENGTH = 512;
const MAX_HOLDERS = 8;
const NUMBER = /^\d{1,15}$/;
const MAC = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Reads `v1.<owner>[.<backup>…].<epoch>.<seq>.<mac>` from both ends; undefined when it is anything
 * else. The MAC is not verified: a wrong route costs its sender a hop and nobody anything else,
 * because nodes verify it before they believe it.
 */
export function parseRouteCookie(value: string): RouteCookie | undefined {
  if (value.length > MAX_LENGTH || !value.startsWith('v1.')) return undefined;
  const parts = value.split('.');
  const holders = parts.slice(1, -3);
  const [epoch, seq, mac] = parts.slice(-3);
  if (parts.length < 5 || holders.length > MAX_HOLDERS) return undefined;
  if (epoch === undefined || seq === undefined || mac === undefined) return undefined;
  if (!NUMBER.test(epoch) || !NUMBER.test(seq) || !MAC.test(mac)) return undefined;
  if (!holders.every((label) => LABEL_PATTERN.test(label))) return undefined;
  return { holders, value };
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
