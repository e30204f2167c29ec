import { parseSync } from 'vite';

/** A test that runs when its file does. */
export interface RunningTest {
  /** Ids in its title, and in those of what it is in. */
  readonly ids: readonly string[];
  readonly onBothAdapters: boolean;
  /** It says itself when it is skipped. */
  readonly maySkip: boolean;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** What a call says before its arguments: `describe.each(ADAPTERS)` is describe, each, and its list. */
interface Callee {
  readonly root: string;
  readonly modifiers: readonly string[];
  readonly lists: readonly Node[];
}

const TESTS = new Set(['test', 'it']);
const MAY_FOLLOW = new Set(['each', 'for', 'concurrent', 'sequential', 'skipIf', 'runIf']);
const FUNCTIONS = new Set(['ArrowFunctionExpression', 'FunctionExpression']);
/** Inside these a call happens or not, as the machine is. */
const CONDITIONS = new Set(['IfStatement', 'ConditionalExpression', 'LogicalExpression']);
const NOTHING: RunningTest = { ids: [], onBothAdapters: false, maySkip: false };
/** Options of a test that keep it, or others, from running. */
const STOPPING_OPTIONS = new Set(['skip', 'todo', 'only', 'fails']);
const NAMED = /\(ASVS ((?:\d+\.\d+\.\d+)(?:, \d+\.\d+\.\d+)*)\)/g;

/** The tests of a file that run. None is counted that is skipped, to be done, or has nothing to do. */
export class TestReader {
  readonly #source: string;
  readonly #found: RunningTest[] = [];
  /** Constants that are made of the list of adapters. */
  readonly #adapterLists = new Set(['ADAPTERS']);
  #hasOnly = false;

  constructor(source: string) {
    this.#source = source;
  }

  read(): readonly RunningTest[] {
    const { program, errors } = parseSync('some.test.ts', this.#source);
    if (errors.length > 0) throw new Error(`not a program: ${errors[0]?.message}`);
    this.#visit(program as unknown as Node, NOTHING);
    return this.#hasOnly ? [] : this.#found;
  }

  #visit(node: Node, around: RunningTest): void {
    if (CONDITIONS.has(node.type)) return;
    if (node.type === 'VariableDeclarator') this.#noteConstant(node);
    if (node.type === 'CallExpression' && this.#visitCall(node, around)) return;
    for (const child of childrenOf(node)) this.#visit(child, around);
  }

  #noteConstant({ id, init }: Node): void {
    if (isNode(id) && isNode(init) && this.#isOfAdapters(init))
      this.#adapterLists.add(this.#text(id));
  }

  /** True when it is a test or a group, and with that done. */
  #visitCall(node: Node, around: RunningTest): boolean {
    const callee = calleeOf(node.callee as Node);
    if (!callee || !(TESTS.has(callee.root) || callee.root === 'describe')) return false;
    const [title, ...rest] = node.arguments as readonly Node[];
    this.#hasOnly ||= callee.modifiers.includes('only');
    if (!title || !this.#runs(callee, rest)) return true;
    const body = rest.find(({ type }) => FUNCTIONS.has(type));
    if (!body || isEmpty(body)) return true;
    const inside = {
      ids: [...around.ids, ...idsOf(this.#text(title))],
      onBothAdapters:
        around.onBothAdapters || callee.lists.some((list) => this.#isOfAdapters(list)),
      maySkip: around.maySkip || callee.modifiers.some((modifier) => modifier.endsWith('If')),
    };
    if (callee.root === 'describe') this.#visit(body, inside);
    else this.#found.push(inside);
    return true;
  }

  #runs({ modifiers, lists }: Callee, rest: readonly Node[]): boolean {
    if (!modifiers.every((modifier) => MAY_FOLLOW.has(modifier))) return false;
    if (lists.some((list) => list.type === 'ArrayExpression' && childrenOf(list).length === 0)) {
      return false;
    }
    const options = rest.find(({ type }) => type === 'ObjectExpression');
    const names = options ? childrenOf(options).map(({ key }) => this.#text(key as Node)) : [];
    this.#hasOnly ||= names.includes('only');
    return !names.some((name) => STOPPING_OPTIONS.has(name));
  }

  #isOfAdapters(list: Node): boolean {
    const words = this.#text(list).match(/\w+/g) ?? [];
    return words.some((word) => this.#adapterLists.has(word));
  }

  #text({ start, end }: Node): string {
    return this.#source.slice(start, end);
  }
}

function calleeOf(node: Node): Callee | undefined {
  if (node.type === 'Identifier') return { root: node.name as string, modifiers: [], lists: [] };
  if (node.type === 'CallExpression') {
    const callee = calleeOf(node.callee as Node);
    const lists = node.arguments as readonly Node[];
    return callee && { ...callee, lists: [...callee.lists, ...lists] };
  }
  if (node.type !== 'MemberExpression') return undefined;
  const callee = calleeOf(node.object as Node);
  const { name } = node.property as Node;
  return callee && { ...callee, modifiers: [...callee.modifiers, String(name)] };
}

function childrenOf(node: Node): readonly Node[] {
  return Object.values(node).flat().filter(isNode);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function isEmpty({ body }: Node): boolean {
  return isNode(body) && body.type === 'BlockStatement' && childrenOf(body).length === 0;
}

function idsOf(title: string): readonly string[] {
  return [...title.matchAll(NAMED)].flatMap(([, ids = '']) => ids.split(', '));
}
