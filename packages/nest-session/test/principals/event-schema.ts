import type { SessionEvent } from '../../src/index.js';

type Kind = SessionEvent['kind'];

const HASH = /^[A-Za-z0-9_-]{43}$/;
const isHash = (value: unknown) => typeof value === 'string' && HASH.test(value);
const isBeginning = (value: unknown) =>
  typeof value === 'string' && HASH.test(value.padEnd(43, '-'));
const isRevision = (value: unknown) => /^\d+\.\d+$/.test(String(value));
const isText = (value: unknown) => typeof value === 'string' && value !== '' && value.length <= 256;
const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;
const isPolicy = (value: unknown) => value === 'evict-oldest' || value === 'reject';

type Field = (value: unknown) => boolean;

/** What an audit log may rely on: the fields of each kind, and those that may be absent. */
export const EVENT_SCHEMA: Readonly<Record<Kind, Readonly<Record<string, Field>>>> = {
  created: { session: isHash },
  login: { session: isHash, 'previous?': isHash, principal: isText, ip: isText },
  'login-failed': { ip: isText, reason: isText, 'principal?': isText },
  rotated: { session: isHash, previous: isHash, 'reason?': (value) => value === 'age' },
  'replaced-id': { session: isHash },
  migrated: { session: isHash },
  ended: { session: isHash, reason: isText },
  'limit-reached': { principal: isText, limit: isCount, onLimit: isPolicy, ended: isCount },
  'principal-revoked': { principal: isText, reason: isText, ended: isCount },
  anomaly: { what: isText, 'session?': isHash, 'principal?': isText, 'ip?': isText },
  'access-refused': { 'reason?': isText, 'principal?': isText, ip: isText },
  'cookie-refused': { ip: isText },
  'client-changed': {
    session: isHash,
    ip: isText,
    trait: (value) => value === 'userAgent' || value === 'ip',
    action: (value) => ['report', 'reauthenticate', 'reject'].includes(value as string),
  },
  'data-quarantined': {
    session: isHash,
    version: isCount,
    reason: isText,
    kept: (value) => typeof value === 'boolean',
  },
  'csrf-refused': { ip: isText, reason: isText },
  'rate-limited': {
    ip: isText,
    policies: (value) => Array.isArray(value) && value.length > 0 && value.every(isText),
    enforced: (value) => typeof value === 'boolean',
  },
  lost: { session: isHash },
  'lost-revisions': { session: isBeginning, seen: isRevision, found: isRevision },
};

/** What is wrong with an event; empty when it is as the schema says. */
export function faultsOf({ kind, ...fields }: SessionEvent): string[] {
  const schema = EVENT_SCHEMA[kind];
  if (!schema) return [`${kind}: not in the schema`];
  const given = fields as Readonly<Record<string, unknown>>;
  const known = new Set(Object.keys(schema).map((name) => name.replace('?', '')));
  return [
    ...Object.keys(given).flatMap((name) => (known.has(name) ? [] : [`${kind}: has ${name}`])),
    ...Object.entries(schema).flatMap(([name, isRight]) => {
      const value = given[name.replace('?', '')];
      const isAbsent = name.endsWith('?') && value === undefined;
      return isAbsent || isRight(value) ? [] : [`${kind}: ${name} is ${String(value)}`];
    }),
  ];
}
