import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseDocument,
  type YAMLParseError,
} from 'yaml';
import type { Located, Report, Written } from './field.js';

const MAX_BYTES = 256 * 1024;
const MAX_DEPTH = 16;
const MAX_VALUES = 20_000;
const MAX_SYNTAX_FAULTS = 20;

/**
 * Reads YAML 1.2 into values that know their lines. Undefined when it was reported as unreadable.
 * Messages quote nothing of the text, which may hold secrets.
 */
export function parseYaml(text: string, name: string, report: Report): Located | undefined {
  const fail = (where: string, expected: string): undefined => {
    report({ where, path: name, shown: 'unreadable', expected });
    return undefined;
  };
  if (Buffer.byteLength(text) > MAX_BYTES) return fail('', `at most ${MAX_BYTES} bytes`);
  try {
    const lines = new LineCounter();
    const options = { lineCounter: lines, prettyErrors: false, logLevel: 'silent' } as const;
    const document = parseDocument(text, options);
    const lineOf = (offset: number) => `${name}:${lines.linePos(offset).line}`;
    const told = document.errors.map((error) => syntaxFault(error, lineOf));
    for (const fault of new Set(told.slice(0, MAX_SYNTAX_FAULTS))) {
      const [where = '', expected = ''] = fault.split('\n');
      fail(where, expected);
    }
    if (document.errors.length > 0) return undefined;
    return new Reader(document, lineOf).read(document.contents, `${name}:1`, 0);
  } catch (error) {
    // The parser recurses: what is nested without end exhausts its stack.
    const reason = error instanceof LimitReached ? error.message : 'YAML of moderate depth';
    return fail('', reason);
  }
}

function syntaxFault({ code, pos }: YAMLParseError, lineOf: (offset: number) => string): string {
  const reason = `YAML (${code.toLowerCase().replaceAll('_', ' ')})`;
  return `${lineOf(pos[0])}\n${code === 'DUPLICATE_KEY' ? 'each key once' : reason}`;
}

class LimitReached extends Error {}

/** Turns the parser's tree into ours. Aliases may multiply it, so values are counted. */
class Reader {
  #values = 0;

  constructor(
    readonly document: Document.Parsed,
    readonly lineOf: (offset: number) => string,
  ) {}

  read(node: ParsedNode | null, parent: string, depth: number): Located {
    if (depth > MAX_DEPTH) throw new LimitReached(`at most ${MAX_DEPTH} levels`);
    if (++this.#values > MAX_VALUES) throw new LimitReached(`at most ${MAX_VALUES} values`);
    const where = node?.range ? this.lineOf(node.range[0]) : parent;
    return { where, value: this.#valueOf(node, where, depth) };
  }

  #valueOf(node: ParsedNode | null, where: string, depth: number): Written {
    if (isAlias(node)) {
      const target = node.resolve(this.document) as ParsedNode | undefined;
      return target === undefined ? undefined : this.read(target, where, depth + 1).value;
    }
    if (isMap(node)) {
      return new Map(
        node.items.map(({ key, value }) => {
          const name = isScalar(key) ? String(key.value) : 'a key that is no text';
          const at = key?.range ? this.lineOf(key.range[0]) : where;
          const { value: inner } = this.read(value as ParsedNode | null, at, depth + 1);
          return [name, { where: at, value: inner }];
        }),
      );
    }
    if (isSeq(node)) {
      return node.items.map((item) => this.read(item as ParsedNode | null, where, depth + 1));
    }
    return isScalar(node) ? plain(node.value) : undefined;
  }
}

function plain(value: unknown): Written {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  return typeof value === 'bigint' ? Number(value) : undefined;
}
