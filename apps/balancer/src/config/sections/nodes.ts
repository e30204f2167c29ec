import { LABEL_PATTERN } from '../../contract.js';
import { originOfNode, type StaticNode } from '../../directory/static-directory.js';
import { type Field, faultOf, type Located, type Report, shownValue } from '../field.js';
import { choice, fieldOf, number, text } from '../fields.js';
import { completeOf } from '../lists.js';
import { readKeys } from '../read-keys.js';

const MAX_NODES = 1_024;
const LIST = 'a list of nodes with label and url, or label=url, separated by commas';

const NODE = {
  label: text<string | undefined>(
    { fallback: undefined },
    '1 to 32 of A-Z a-z 0-9 _ -',
    LABEL_PATTERN,
  ),
  url: fieldOf<string | undefined>(
    { fallback: undefined },
    'http://host:port without a path',
    (value) => (typeof value === 'string' ? originOfNode(value) : undefined),
  ),
  id: text<string | undefined>({ fallback: undefined }, 'a text'),
  weight: number({ fallback: 1 }, { from: 0, to: 1_000, fractional: true }),
  zone: text<string | undefined>({ fallback: undefined }, 'a text'),
  state: choice({ fallback: 'active' as 'active' | 'draining' }, ['active', 'draining']),
};

/** A fixed list of nodes, beside those on the bus. */
export const NODES: Field<readonly StaticNode[] | undefined> = {
  kind: 'field',
  fallback: undefined,
  read: readNodes,
};

/** A file with such a list. */
export const NODES_FILE = text<string | undefined>({ fallback: undefined }, 'the path of a file');

/** Reads a list of nodes, from a configuration or from a file of its own. */
export function readNodes(
  from: Located,
  path: string,
  report: Report,
): readonly StaticNode[] | undefined {
  const items = typeof from.value === 'string' ? fromText(from, from.value) : from.value;
  if (!Array.isArray(items) || items.length > MAX_NODES) {
    const tooMany = Array.isArray(items) ? `at most ${MAX_NODES} nodes` : LIST;
    report(faultOf(from, path, tooMany));
    return undefined;
  }
  const nodes = completeOf(
    items.map((item: Located, index) => readNode(item, `${path}[${index}]`, report)),
  );
  return nodes && areDistinct(nodes, items, path, report) ? nodes : undefined;
}

/** `label=url,label=url`, as the environment has it. */
function fromText(from: Located, list: string): Located[] | undefined {
  const entries = list.split(',').map((entry) => entry.trim());
  const pairs = entries
    .filter((entry) => entry !== '')
    .map((entry) => /^([^=]+)=(.+)$/.exec(entry));
  if (pairs.some((pair) => pair === null)) return undefined;
  return pairs.map((pair) => ({
    where: from.where,
    value: new Map([
      ['label', { where: from.where, value: pair?.[1] }],
      ['url', { where: from.where, value: pair?.[2] }],
    ]),
  }));
}

function readNode(item: Located, path: string, report: Report): StaticNode | undefined {
  let isSound = true;
  const values = readKeys(NODE, item, path, (fault) => {
    isSound = false;
    report(fault);
  });
  const { label, url, ...others } = values;
  for (const [key, value] of Object.entries({ label, url })) {
    if (value !== undefined || !isSound) continue;
    isSound = false;
    report({ where: item.where, path: `${path}.${key}`, shown: 'undefined', expected: 'a value' });
  }
  if (!isSound || label === undefined || url === undefined) return undefined;
  return { label, url, ...others };
}

/** Two nodes of one name would take each other's requests. */
function areDistinct(
  nodes: readonly StaticNode[],
  items: readonly Located[],
  path: string,
  report: Report,
): boolean {
  let distinct = true;
  for (const key of ['label', 'id'] as const) {
    const seen = new Set<string>();
    for (const [index, node] of nodes.entries()) {
      const value = node[key] ?? node.label;
      if (seen.has(value)) {
        const where = items[index]?.where ?? '';
        const shown = shownValue(value);
        report({ where, path: `${path}[${index}].${key}`, shown, expected: `a unique ${key}` });
        distinct = false;
      }
      seen.add(value);
    }
    if (!distinct) return false;
  }
  return true;
}
