import { FIELD_LENGTH_LIMIT, FIELD_MEMBER_LIMIT } from '../limits.js';

/** A bare item of RFC 9651; a token and a string both become a string here. */
export type FieldValue = string | number | boolean;

/**
 * One member of a dictionary (`name=value;p=1`) or of a list (`name;p=1`). A list item stands in
 * `name`, and its `value` is `true`, just as for a dictionary member without a value.
 */
export interface FieldMember {
  readonly name: string;
  readonly value: FieldValue;
  readonly parameters: Readonly<Record<string, FieldValue>>;
}

const TEXT = '"(?:[^"\\\\]|\\\\["\\\\])*"';
const TOKEN = "[A-Za-z*][\\w!#$%&'*+.^`|~:/-]*";
const KEY = '[a-z*][a-z0-9_.*-]*';
const ITEM = `(${TEXT}|${TOKEN}|-?\\d{1,15}(?:\\.\\d{1,3})?|\\?[01]|:[A-Za-z0-9+/=]*:)`;

/**
 * Reads a Structured Field dictionary or list (RFC 9651) of bare items with parameters; inner
 * lists, dates and display strings are not used by this protocol.
 *
 * A malformed field yields no members, as the RFC asks: half a field is worse than none.
 */
export function parseFieldMembers(text: string | null): readonly FieldMember[] {
  if (!text || text.length > FIELD_LENGTH_LIMIT) return [];
  const members: FieldMember[] = [];
  let position = 0;
  const take = (pattern: string): RegExpExecArray | null => {
    const sticky = new RegExp(pattern, 'y');
    sticky.lastIndex = position;
    const match = sticky.exec(text);
    if (match) position = sticky.lastIndex;
    return match;
  };
  for (;;) {
    const name = take(`[ \\t]*(${TEXT}|${TOKEN})`);
    if (!name || members.length === FIELD_MEMBER_LIMIT) return [];
    const value = take(`=${ITEM}`);
    const parameters: Record<string, FieldValue> = {};
    for (;;) {
      const parameter = take(`; *(${KEY})(?:=${ITEM})?`);
      if (!parameter) break;
      parameters[parameter[1] as string] = readItem(parameter[2]);
    }
    members.push({ name: String(readItem(name[1])), value: readItem(value?.[1]), parameters });
    if (take('[ \\t]*$')) return members;
    if (!take('[ \\t]*,')) return [];
  }
}

function readItem(item: string | undefined): FieldValue {
  if (item === undefined || item === '?1') return true;
  if (item === '?0') return false;
  if (item.startsWith('"')) return item.slice(1, -1).replace(/\\(.)/g, '$1');
  return /^[-\d]/.test(item) ? Number(item) : item;
}
