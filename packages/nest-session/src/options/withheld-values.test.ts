import { describe, expect, test } from 'vitest';
import { SessionOptionError } from '../errors.js';
import type { SessionModuleOptions } from '../session.options.js';
import { normalizeSessionOptions } from './normalize-options.js';

const secret = 's'.repeat(32);
const development = { production: false, randomSecret: () => 'r'.repeat(43) };
const store = { get: () => {}, destroy: () => {} };
const cluster = { servers: 'nats://a' };

function refusalOf(options: object): SessionOptionError {
  try {
    normalizeSessionOptions({ secret, ...options } as SessionModuleOptions, development);
  } catch (error) {
    return error as SessionOptionError;
  }
  throw new Error('the options were accepted');
}

describe('the value of an option that nobody knows, most likely a misspelt secret,', () => {
  test.each<[string, object, string, string]>([
    [
      'legacyCookies.secrets',
      { legacyCookies: { secrets: 'keyboard cat', store } },
      'keyboard cat',
      'string',
    ],
    ['cluster.password', { cluster: { ...cluster, password: 'hunter2' } }, 'hunter2', 'string'],
    ['cluster.pin', { cluster: { ...cluster, pin: 271828 } }, '271828', 'number'],
    [
      'cluster.memory.password',
      { cluster: { ...cluster, memory: { password: 'x7' } } },
      'x7',
      'string',
    ],
    ['secrets', { secrets: 'hunter2' }, 'hunter2', 'string'],
  ])('%s is not shown', (option, options, value, kind) => {
    const error = refusalOf(options);
    expect(error).toBeInstanceOf(SessionOptionError);
    expect(error.message).toMatch(
      `SessionModule option ${option} is "${kind}, not shown", expected `,
    );
    // Loggers print the properties of an error as well.
    expect(error.message + JSON.stringify(error)).not.toContain(value);
  });
});
