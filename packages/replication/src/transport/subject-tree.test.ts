import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SubjectTree } from './subject-tree.js';

/** The rule in its plainest form, to hold the tree against. */
function matches(pattern: string, subject: string): boolean {
  const wanted = pattern.split('.');
  const tokens = subject.split('.');
  for (const [index, token] of wanted.entries()) {
    if (token === '>' && index === wanted.length - 1) return tokens.length > index;
    if (tokens[index] === undefined || (token !== '*' && token !== tokens[index])) return false;
  }
  return tokens.length === wanted.length;
}

const token = fc.constantFrom('a', 'b', 'c');
const subject = fc.array(token, { minLength: 1, maxLength: 4 }).map((all) => all.join('.'));
const pattern = fc
  .tuple(fc.array(fc.oneof(token, fc.constant('*')), { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([tokens, rest]) => [...tokens, ...(rest ? ['>'] : [])].join('.'));

describe('SubjectTree', () => {
  it.each([
    ['a.b', 'a.b', true],
    ['a.b', 'a.c', false],
    ['a.b', 'a', false],
    ['a.b', 'a.b.c', false],
    ['a.*', 'a.b', true],
    ['a.*', 'a', false],
    ['a.*', 'a.b.c', false],
    ['*.b', 'a.b', true],
    ['a.>', 'a.b', true],
    ['a.>', 'a.b.c', true],
    ['a.>', 'a', false],
    ['>', 'a', true],
    ['>', 'a.b.c', true],
    ['*.>', 'a', false],
    ['*.>', 'a.b', true],
  ])('pattern %s and subject %s: %s', (candidate, published, expected) => {
    const tree = new SubjectTree<string>();
    tree.add(candidate, 'x');
    expect(tree.match(published)).toEqual(expected ? ['x'] : []);
    expect(matches(candidate, published)).toBe(expected);
  });

  it('finds exactly what the plain rule finds, also after removals', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(pattern, fc.boolean()), { maxLength: 12 }),
        fc.array(subject, { minLength: 1, maxLength: 6 }),
        (patterns, subjects) => {
          const tree = new SubjectTree<number>();
          for (const [index, [text]] of patterns.entries()) tree.add(text, index);
          for (const asked of subjects) tree.match(asked);
          for (const [index, [text, removed]] of patterns.entries()) {
            if (removed) tree.delete(text, index);
          }
          for (const asked of subjects) {
            const expected = patterns.flatMap(([text, removed], index) =>
              !removed && matches(text, asked) ? [index] : [],
            );
            expect([...tree.match(asked)].sort((a, b) => a - b)).toEqual(expected);
          }
        },
      ),
    );
  });

  it('keeps nothing of a pattern that is gone', () => {
    const tree = new SubjectTree<number>();
    for (const text of ['a.b.c', 'a.*', 'a.>', '>', '*']) tree.add(text, 1);
    tree.delete('a.b', 1);
    expect(tree.isEmpty).toBe(false);
    for (const text of ['a.b.c', 'a.*', 'a.>', '>', '*']) tree.delete(text, 1);
    expect(tree.isEmpty).toBe(true);
  });

  it('holds several values under one pattern', () => {
    const tree = new SubjectTree<number>();
    tree.add('a', 1);
    tree.add('a', 2);
    tree.delete('a', 1);
    expect(tree.match('a')).toEqual([2]);
  });
});
