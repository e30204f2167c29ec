import { FIELD_LENGTH_LIMIT } from '../limits.js';

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
const VALUE = `(?:=(${TEXT}|${TOKEN}|-?\\d{1,15}(?:\\.\\d{1,3})?|\\?[01]|:[\\w+/=]*:))?`;
const PARAMETER = `; *([a-z*][a-z0-9_.*-]*)${VALUE}`;
const MEMBER = `[ \\t]*(${TEXT}|${TOKEN})${VALUE}((?:${PARAMETER})*)[ \\t]*(,|$)`;

/**
 * Reads a Structured Field dictionary or list (RFC 9651) of bare items with parameters; inner
 * lists, dates and display strings are not used by this protocol.
 *
 * A malformed field yields no members, as the RFC asks: half a field is worse than none.
 */
export function parseFieldMembers(text: string | null): readonly FieldMember[] {
  const members: FieldMember[] = [];
  if (!text || text.length > FIELD_LENGTH_LIMIT) return members;
  const pattern = new RegExp(MEMBER, 'y');
  for (;;) {
    const match = pattern.exec(text);
    if (!match) return [];
    const parameters: Record<string, FieldValue> = {};
    for (const [, name = '', value] of (match[3] ?? '').matchAll(new RegExp(PARAMETER, 'g'))) {
      parameters[name] = readItem(value);
    }
    members.push({ name: String(readItem(match[1])), value: readItem(match[2]), parameters });
    if (!match.at(-1)) return members;
  }
}

function readItem(item = '?1'): FieldValue {
  if (item.startsWith('?')) return item === '?1';
  if (item.startsWith('"')) return item.slice(1, -1).replace(/\\(.)/g, '$1');
  return /^[-\d]/.test(item) ? Number(item) : item;
}
