import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cookieValues } from './cookies.js';

test('finds what splitting the header at its semicolons would find', () => {
  const character = fc.constantFrom(...['a', 'b', '=', ';', ' ', '\t', 'ab']);
  const header = fc.array(character, { maxLength: 24 }).map((characters) => characters.join(''));
  fc.assert(
    fc.property(header, fc.constantFrom('a', 'ab', 'aba'), fc.nat(3), (text, name, limit) => {
      const expected = text
        .split(';')
        .map((pair) => pair.replace(/^[ \t]+/, ''))
        .filter((pair) => pair.startsWith(`${name}=`))
        .map((pair) => pair.slice(name.length + 1).trim());
      expect(cookieValues(text, name, limit)).toEqual(expected.slice(0, limit));
    }),
    { numRuns: 2_000 },
  );
});
