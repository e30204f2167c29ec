import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.js';
import { checkPattern, checkSubject } from './subject.js';

describe('a subject', () => {
  it.each(['a', 'a.b', 'understudy.v1.node-1.ctl', 'ünï.cödé', '$SYS.x', 'a.0'])(
    '%j can be published to',
    (subject) => {
      expect(() => checkSubject(subject)).not.toThrow();
      expect(() => checkPattern(subject)).not.toThrow();
    },
  );

  it.each([
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    'a b',
    'a\r\nPUB b 0',
    'a\tb',
    'a\u0000',
    'x'.repeat(1025),
  ])('%j is refused everywhere', (subject) => {
    expect(() => checkSubject(subject)).toThrow(OptionError);
    expect(() => checkPattern(subject)).toThrow(OptionError);
  });

  it.each(['*', '>', 'a.*', '*.b', 'a.*.c', 'a.>', '*.>', 'a.*.>'])(
    '%j can only be subscribed to',
    (pattern) => {
      expect(() => checkPattern(pattern)).not.toThrow();
      expect(() => checkSubject(pattern)).toThrow(OptionError);
    },
  );

  it.each(['>.a', 'a.>.b', 'a*', 'a.b*', '>>', 'a>', '**', 'a.*>'])(
    '%j has a wildcard that is no token of its own, or a > that is not last',
    (pattern) => {
      expect(() => checkPattern(pattern)).toThrow(OptionError);
      expect(() => checkSubject(pattern)).toThrow(OptionError);
    },
  );

  it('is named by the error as the option it came in', () => {
    expect(() => checkSubject('a b', 'replyTo')).toThrow(
      /option replyTo is "a b", expected tokens/,
    );
  });
});
