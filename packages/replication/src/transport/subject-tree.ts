import { MAX_REMEMBERED_SUBJECTS } from './limits.js';

interface Branch<T> {
  readonly literals: Map<string, Branch<T>>;
  star: Branch<T> | undefined;
  /** Values whose pattern ends here. */
  readonly here: Set<T>;
  /** Values whose pattern ends here with `>`. */
  readonly rest: Set<T>;
}

/**
 * Finds the values whose pattern matches a subject: `*` stands for one token, a last `>` for one or
 * more. Subjects without wildcards in the tree cost one look-up once they were seen.
 */
export class SubjectTree<T> {
  readonly #root: Branch<T> = newBranch();
  #remembered = new Map<string, readonly T[]>();

  add(pattern: string, value: T): void {
    this.#remembered.clear();
    const tokens = pattern.split('.');
    const last = tokens[tokens.length - 1] === '>' ? tokens.pop() : undefined;
    let branch = this.#root;
    for (const token of tokens) branch = childOf(branch, token) ?? grow(branch, token);
    (last === undefined ? branch.here : branch.rest).add(value);
  }

  delete(pattern: string, value: T): void {
    this.#remembered.clear();
    const tokens = pattern.split('.');
    const last = tokens[tokens.length - 1] === '>' ? tokens.pop() : undefined;
    const path = [this.#root];
    for (const token of tokens) {
      const next = childOf(path[path.length - 1] as Branch<T>, token);
      if (next === undefined) return;
      path.push(next);
    }
    const end = path[path.length - 1] as Branch<T>;
    (last === undefined ? end.here : end.rest).delete(value);
    prune(path, tokens);
  }

  /** The result is shared between calls and must not be modified. */
  match(subject: string): readonly T[] {
    const known = this.#remembered.get(subject);
    if (known !== undefined) return known;
    const found: T[] = [];
    collect(this.#root, subject.split('.'), 0, found);
    if (this.#remembered.size >= MAX_REMEMBERED_SUBJECTS) this.#remembered.clear();
    this.#remembered.set(subject, found);
    return found;
  }

  get isEmpty(): boolean {
    return isBare(this.#root);
  }
}

function newBranch<T>(): Branch<T> {
  return { literals: new Map(), star: undefined, here: new Set(), rest: new Set() };
}

function childOf<T>(branch: Branch<T>, token: string): Branch<T> | undefined {
  return token === '*' ? branch.star : branch.literals.get(token);
}

function grow<T>(branch: Branch<T>, token: string): Branch<T> {
  const child = newBranch<T>();
  if (token === '*') branch.star = child;
  else branch.literals.set(token, child);
  return child;
}

/** Without it, every reply address ever subscribed to would stay in memory. */
function prune<T>(path: readonly Branch<T>[], tokens: readonly string[]): void {
  for (let depth = path.length - 1; depth > 0; depth -= 1) {
    if (!isBare(path[depth] as Branch<T>)) return;
    const parent = path[depth - 1] as Branch<T>;
    const token = tokens[depth - 1] as string;
    if (token === '*') parent.star = undefined;
    else parent.literals.delete(token);
  }
}

function isBare<T>(branch: Branch<T>): boolean {
  return (
    branch.here.size === 0 &&
    branch.rest.size === 0 &&
    branch.literals.size === 0 &&
    branch.star === undefined
  );
}

function collect<T>(branch: Branch<T>, tokens: readonly string[], at: number, found: T[]): void {
  const token = tokens[at];
  if (token === undefined) {
    for (const value of branch.here) found.push(value);
    return;
  }
  for (const value of branch.rest) found.push(value);
  const literal = branch.literals.get(token);
  if (literal !== undefined) collect(literal, tokens, at + 1, found);
  if (branch.star !== undefined) collect(branch.star, tokens, at + 1, found);
}
