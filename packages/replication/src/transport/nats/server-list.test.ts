import { describe, expect, it } from 'vitest';
import { OptionError } from '../../errors.js';
import { parseServers } from './server-list.js';

describe('parseServers', () => {
  it.each([
    ['localhost', { servers: ['localhost:4222'] }],
    ['nats://localhost', { servers: ['localhost:4222'] }],
    ['nats://10.0.0.1:5222/', { servers: ['10.0.0.1:5222'] }],
    ['tls://bus.example:443', { servers: ['bus.example:443'], tls: true }],
    ['nats://bus.example:80', { servers: ['bus.example:80'] }],
    ['nats://[::1]:4222', { servers: ['[::1]:4222'] }],
    [' nats://a ', { servers: ['a:4222'] }],
    [['a', 'nats://b:1'], { servers: ['a:4222', 'b:1'] }],
    ['nats://me:p%40ss@a', { servers: ['a:4222'], user: 'me', pass: 'p@ss' }],
    ['nats://s3cret@a', { servers: ['a:4222'], token: 's3cret' }],
    [['nats://me:x@a', 'b'], { servers: ['a:4222', 'b:4222'], user: 'me', pass: 'x' }],
  ])('%j', (value, expected) => {
    expect(parseServers(value)).toEqual(expected);
  });

  it.each([
    [[]],
    [''],
    [undefined],
    [42],
    [['a', 7]],
    ['http://a'],
    ['ws://a'],
    ['nats://a:99999'],
    ['nats://a/path'],
    ['nats://a?x=1'],
    ['nats://'],
    ['two words'],
    [['nats://me:x@a', 'nats://me:y@b']],
    [Array.from({ length: 65 }, () => 'a')],
  ])('%j is refused', (value) => {
    expect(() => parseServers(value)).toThrow(OptionError);
  });

  it('keeps a password out of the error', () => {
    for (const value of ['nats://me:hunter2@a/path', ['nats://me:hunter2@a', 'nats://x:y@b']]) {
      expect(() => parseServers(value)).toThrow(/^(?!.*hunter2).*\*\*\*@/);
    }
  });
});
