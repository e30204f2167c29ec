import { describe, expect, test } from 'vitest';
import { type Environment, readEnvironment } from './environment.js';

const BUS = { UNDERSTUDY_BUS: 'nats://127.0.0.1:4222' };

describe('the environment', () => {
  test('has safe defaults', () => {
    expect(readEnvironment(BUS)).toEqual({
      host: '127.0.0.1',
      port: 8080,
      adminHost: '127.0.0.1',
      adminPort: 8081,
      assignment: 'sticky',
      nodes: {
        from: 'bus',
        servers: 'nats://127.0.0.1:4222',
        cluster: undefined,
        keyring: undefined,
        acceptPlain: false,
      },
      firstByteMs: undefined,
      ignoreSigint: false,
    });
  });

  test('a keyring is read newest first', () => {
    const [fresh, old] = ['n'.repeat(40), `${'o'.repeat(32)}:=`];
    const UNDERSTUDY_KEYRING = `2026-11:${fresh}, 2025:${old}`;
    const settings = readEnvironment({ ...BUS, UNDERSTUDY_KEYRING, UNDERSTUDY_ACCEPT_PLAIN: '1' });
    expect(settings.nodes).toMatchObject({
      keyring: [
        { id: '2026-11', secret: fresh },
        { id: '2025', secret: old },
      ],
      acceptPlain: true,
    });
  });

  test('a list of nodes takes the place of the bus', () => {
    const settings = readEnvironment({ BALANCER_NODES: 'a=http://h:1, b=http://h:2,' });
    expect(settings.nodes).toEqual({
      from: 'list',
      list: [
        { label: 'a', url: 'http://h:1' },
        { label: 'b', url: 'http://h:2' },
      ],
    });
  });

  test.each<[Environment, string]>([
    [{}, 'UNDERSTUDY_BUS is undefined, expected the URL of the bus, or set BALANCER_NODES'],
    [{ ...BUS, PORT: '80a' }, 'PORT is "80a", expected a port from 0 to 65535'],
    [{ ...BUS, ADMIN_PORT: '70000' }, 'ADMIN_PORT is "70000", expected a port from 0 to 65535'],
    [
      { ...BUS, BALANCER_FIRST_BYTE_MS: '0' },
      'BALANCER_FIRST_BYTE_MS is "0", expected milliseconds from 1 to 9999999',
    ],
    [
      { ...BUS, BALANCER_ASSIGNMENT: 'random' },
      'BALANCER_ASSIGNMENT is "random", expected sticky or round-robin',
    ],
    [
      { BALANCER_NODES: 'http://h:1' },
      'BALANCER_NODES is "http://h:1", expected label=url, separated by commas',
    ],
    [
      { ...BUS, UNDERSTUDY_KEYRING: `ok:${'s'.repeat(32)},old:hunter2` },
      'UNDERSTUDY_KEYRING is "… (key 2)", expected id:secret with a secret of at least 32',
    ],
    [
      { ...BUS, UNDERSTUDY_ACCEPT_PLAIN: '1' },
      'UNDERSTUDY_ACCEPT_PLAIN is "1", expected nothing without UNDERSTUDY_KEYRING',
    ],
    [
      { ...BUS, UNDERSTUDY_CLUSTER: 'a b' },
      'UNDERSTUDY_CLUSTER is "a b", expected 1 to 64 of A-Z a-z 0-9 _ -',
    ],
  ])('%j is refused with a message that says what to do', (environment, message) => {
    expect(() => readEnvironment(environment)).toThrow(message);
  });
});
