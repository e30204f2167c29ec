import { ROUTE_COOKIE_VERSION } from '../http/contract.js';
import type { KeyRing } from '../identity/key-ring.js';
import { MAX_ROUTE_BACKUPS } from '../limits.js';

/** Where a session lives, as its client carries it around: a hint, never a truth. */
export interface SessionRoute {
  /** Label of the node that orders the changes. */
  readonly owner: string;
  /** Labels of the nodes that hold a copy, best first. */
  readonly backups: readonly string[];
  readonly version: { readonly epoch: number; readonly seq: number };
}

/** What a node may be called in cookies and headers: says nothing about its address. */
export const NODE_LABEL = /^[A-Za-z0-9_-]{1,32}$/;

const NUMBER = /^\d{1,15}$/;

/** Base64url characters of the code that are sent: 132 bits. */
const MAC_CHARACTERS = 22;

/**
 * Renders `v1.<owner>.<backup>….<epoch>.<seq>.<mac>`. The code binds it to the session, so that a
 * route copied from another client, or made up to aim a session at a node, is ignored.
 */
export function buildRouteCookie(route: SessionRoute, sessionKey: string, keys: KeyRing): string {
  const { owner, backups, version } = route;
  let holders = owner;
  const count = Math.min(backups.length, MAX_ROUTE_BACKUPS);
  for (let index = 0; index < count; index++) holders += `.${backups[index]}`;
  const payload = `${ROUTE_COOKIE_VERSION}.${holders}.${version.epoch}.${version.seq}`;
  return `${payload}.${routeMac(payload, sessionKey, keys)}`;
}

/** Reads a route cookie of this session; undefined for anything else. Read from both ends. */
export function verifyRouteCookie(
  value: string,
  sessionKey: string,
  keys: KeyRing,
): SessionRoute | undefined {
  const fields = value.split('.');
  if (fields.length < 5 || fields.length > 5 + MAX_ROUTE_BACKUPS) return undefined;
  const mac = fields.pop() as string;
  if (mac.length !== MAC_CHARACTERS) return undefined;
  if (!keys.verifies(`${sessionKey}.${fields.join('.')}`, mac)) return undefined;
  const seq = fields.pop() as string;
  const epoch = fields.pop() as string;
  const [version, owner, ...backups] = fields as [string, string, ...string[]];
  if (version !== ROUTE_COOKIE_VERSION || !NUMBER.test(epoch) || !NUMBER.test(seq)) {
    return undefined;
  }
  if (![owner, ...backups].every((label) => NODE_LABEL.test(label))) return undefined;
  return { owner, backups, version: { epoch: Number(epoch), seq: Number(seq) } };
}

/** Whether the client's route still says the truth, so that no cookie needs to be sent. */
export function sameRoute(left: SessionRoute | undefined, right: SessionRoute): boolean {
  return (
    left !== undefined &&
    left.owner === right.owner &&
    left.version.epoch === right.version.epoch &&
    left.version.seq === right.version.seq &&
    left.backups.length === right.backups.length &&
    left.backups.every((label, index) => label === right.backups[index])
  );
}

function routeMac(payload: string, sessionKey: string, keys: KeyRing): string {
  return keys.sign(`${sessionKey}.${payload}`).slice(0, MAC_CHARACTERS);
}
