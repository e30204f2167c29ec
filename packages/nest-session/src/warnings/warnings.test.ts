import { describe, expect, test } from 'vitest';
import { Warnings } from './warnings.js';

function warnings() {
  const logged: string[] = [];
  return { logged, warnings: new Warnings((message) => logged.push(message)) };
}

describe('Warnings', () => {
  test('tells each kind once, whatever it says', () => {
    const { logged, warnings: all } = warnings();
    all.once('cookies-forbidden', 'http');
    all.once('cookies-forbidden', 'another text');
    all.once('insecure-socket', 'http');
    expect(logged).toEqual(['http', 'http']);
  });

  test('tells it once of each subject', () => {
    const { logged, warnings: all } = warnings();
    for (const route of ['a', 'b', 'a']) all.once('safe-method-write', `at ${route}`, route);
    expect(logged).toEqual(['at a', 'at b']);
  });

  test('is told of so many subjects, and tells of other kinds nevertheless', () => {
    const { logged, warnings: all } = warnings();
    for (let at = 0; at < 2000; at++) all.once('safe-method-write', `at ${at}`, `/made-up/${at}`);
    expect(logged).toHaveLength(100);
    all.once('legacy-session', 'a session was not taken over');
    expect(logged.at(-1)).toBe('a session was not taken over');
  });
});
