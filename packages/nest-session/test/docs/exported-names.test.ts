import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const INDEX = new URL('../../src/index.ts', import.meta.url);

interface Exported {
  readonly name: string;
  readonly from: URL;
}

const EXPORTS = /^export (?:type )?\{([^}]*)\} from '(\.[^']+)';$/gms;

/** What a barrel exports by name, each with the file that it is taken from. */
function exportsOf(barrel: URL): readonly Exported[] {
  const text = readFileSync(barrel, 'utf8');
  return [...text.matchAll(EXPORTS)].flatMap(([, names = '', path = '']) =>
    names
      .split(',')
      .map((name) => name.trim().replace(/^type /, ''))
      .filter((name) => name !== '')
      .map((name) => ({ name, from: new URL(path.replace(/\.js$/, '.ts'), barrel) })),
  );
}

/** The lines before the declaration of a name, and it; undefined where the file has none. */
function declarationOf({ name, from }: Exported): string | undefined {
  const text = readFileSync(from, 'utf8');
  const declared = new RegExp(
    `^export (?:declare )?(?:abstract )?(?:async )?(?:class|interface|type|function|const|enum) ${name}\\b`,
    'm',
  ).exec(text);
  if (declared) return text.slice(0, declared.index);
  // `export const { A, B: name } = …`, one comment for each or for all.
  const taken = new RegExp(`^export const \\{[^}]*\\b${name}\\b[^}]*\\} =`, 'm').exec(text);
  if (taken) return text.slice(0, taken.index);
  const [again] = exportsOf(from).filter((other) => other.name === name);
  return again && declarationOf(again);
}

const ENDS_IN_COMMENT = /\*\/\s*(?:\/\/[^\n]*\s*)*(?:@\w+\([^\n]*\)\s*)*$/;

test.each(exportsOf(INDEX))('$name, which the package exports, says what it is', (exported) => {
  expect(declarationOf(exported)).toMatch(ENDS_IN_COMMENT);
});

test('all that the package exports is looked at', () => {
  const text = readFileSync(INDEX, 'utf8');
  expect(exportsOf(INDEX).length).toBeGreaterThan(140);
  expect(text.replace(EXPORTS, '').trim()).toBe('');
});

const HANDLE = readFileSync(
  new URL('../../src/session/session-handle.ts', import.meta.url),
  'utf8',
);

test.each([
  'save',
  'reload',
  'touch',
  'regenerate',
  'destroy',
  'login',
  'logout',
  'rotate',
  'update',
  'increment',
])('session.%s() names the errors it fails with, and their status', (method) => {
  const at = HANDLE.search(new RegExp(`^ {2}(?:async )?${method}[(<]`, 'm'));
  const comment = HANDLE.slice(HANDLE.lastIndexOf('/**', at), at);
  expect(comment).toMatch(/@throws `\w+Error` \(`[\w-]+`, \d{3}\)/);
});

test.each(['cookie', 'limits'])('the option %s says what it is', (option) => {
  const text = readFileSync(new URL('../../src/session.options.ts', import.meta.url), 'utf8');
  const at = text.indexOf(`  readonly ${option}?:`);
  expect(text.slice(0, at)).toMatch(ENDS_IN_COMMENT);
});
