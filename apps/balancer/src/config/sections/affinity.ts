import {
  type AffinityMethod,
  DEFAULT_AFFINITY,
  DEFAULT_LABEL_PLACE,
} from '../../routing/affinity.js';
import { type Field, type Fields, faultOf, type Located, type Report } from '../field.js';
import { choice, fieldOf, text } from '../fields.js';
import { completeOf } from '../lists.js';
import { readKeys } from '../read-keys.js';
import { COOKIE_NAME } from './cookie.js';

const MAX_METHODS = 8;
const PLAIN = ['route', 'cookie', 'clientIp', 'tlsSession'] as const;
const NAMED = ['appCookie', 'header', 'param'] as const;
const METHODS = `${PLAIN.join(', ')}, or ${NAMED.join(', ')} with a name`;
const LIST = `at most ${MAX_METHODS} of ${METHODS}`;

const NAME_PATTERNS = {
  appCookie: COOKIE_NAME,
  header: /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/,
  param: /^[\x21\x24\x25\x27-\x2e\x30-\x3a\x3c\x3e\x40-\x7e]{1,64}$/,
};

/** What tells where a request belongs, in the order in which it is asked. */
export const AFFINITY: Field<readonly AffinityMethod[] | undefined> = {
  kind: 'field',
  // Depends on `assignment`.
  fallback: undefined,
  restart: true,
  read: readAffinity,
};

function readAffinity(
  from: Located,
  path: string,
  report: Report,
): readonly AffinityMethod[] | undefined {
  const items = typeof from.value === 'string' ? fromText(from, from.value) : from.value;
  if (!Array.isArray(items) || items.length > MAX_METHODS) {
    report(faultOf(from, path, LIST));
    return undefined;
  }
  return completeOf(items.map((item: Located, at) => readMethod(item, `${path}[${at}]`, report)));
}

/** `route,header:X-User,appCookie:JSESSIONID:suffix`, as the environment has it; `none`: empty. */
function fromText({ where }: Located, list: string): Located[] {
  const entries = list.split(',').map((entry) => entry.trim());
  if (entries.length === 1 && entries[0] === 'none') return [];
  return entries.map((entry) => {
    const [by = '', name, mode, ...rest] = entry.split(':');
    if (name === undefined || rest.length > 0) return { where, value: entry };
    const keys = new Map([['name', { where, value: name }]]);
    if (mode !== undefined) keys.set('mode', { where, value: mode });
    return { where, value: new Map([[by, { where, value: keys }]]) };
  });
}

function readMethod(item: Located, path: string, report: Report): AffinityMethod | undefined {
  const plain = PLAIN.find((by) => by === item.value);
  if (plain !== undefined) return { by: plain };
  const map = item.value instanceof Map ? (item.value as ReadonlyMap<string, Located>) : undefined;
  const [entry, ...more] = map ?? [];
  const by = NAMED.find((one) => one === entry?.[0]);
  if (by === undefined || entry === undefined || more.length > 0) {
    report(faultOf(item, path, METHODS));
    return undefined;
  }
  return readNamed(by, entry[1], `${path}.${by}`, report);
}

/** `header: X-User` is short for `header: { name: X-User }`. */
function readNamed(
  by: (typeof NAMED)[number],
  given: Located,
  path: string,
  report: Report,
): AffinityMethod | undefined {
  let isSound = true;
  const tell: Report = (fault) => {
    isSound = false;
    report(fault);
  };
  const isName = typeof given.value === 'string';
  const from = isName ? { ...given, value: new Map([['name', given]]) } : given;
  const { name, mode, ...place } = readKeys(keysOf(by), from, path, tell);
  if (name === undefined && isSound) {
    const expected = 'a value';
    tell({ where: given.where, path: `${path}.name`, shown: 'undefined', expected });
  }
  if (!isSound || name === undefined) return undefined;
  if (by === 'appCookie') return { by, name, mode, ...place };
  return { by, name, mode: mode === 'learn' ? 'hash' : mode, ...place };
}

function keysOf(by: (typeof NAMED)[number]) {
  const { separator, field } = DEFAULT_LABEL_PLACE;
  const modes =
    by === 'appCookie' ? (['suffix', 'hash', 'learn'] as const) : (['suffix', 'hash'] as const);
  return {
    name: text<string | undefined>(
      { fallback: undefined },
      '1 to 64 characters of a name',
      NAME_PATTERNS[by],
    ),
    mode: choice<'suffix' | 'hash' | 'learn'>({ fallback: 'hash' }, modes),
    separator: text({ fallback: separator }, '1 to 4 characters', /^.{1,4}$/),
    field: fieldOf<number>(
      { fallback: field },
      'a whole number from 1 to 16, or from -16 to -1 to count from the end',
      (value) =>
        Number.isInteger(value) && value !== 0 && Math.abs(Number(value)) <= 16
          ? Number(value)
          : undefined,
    ),
  } satisfies Fields;
}

/** What holds when nobody says. Round robin of old meant that there is no affinity. */
export function affinityFor(
  given: readonly AffinityMethod[] | undefined,
  assignment: string,
): readonly AffinityMethod[] {
  return given ?? (assignment === 'round-robin' ? [] : DEFAULT_AFFINITY);
}
