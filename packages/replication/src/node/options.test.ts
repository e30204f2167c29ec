import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.js';
import { createMemoryBus, embeddedBus, memoryTransport } from '../transport/index.js';
import { type ClusterOptions, newBootId, normalizeOptions } from './options.js';
import { SessionCluster } from './session-cluster.js';
import { observeCluster } from './telemetry/cluster-observer.js';
import { createSealer } from './wire/create-sealer.js';

const transport = memoryTransport({ bus: createMemoryBus() });
const secret = 'a secret that every node of the test has';
const keyring = [{ id: 'k1', secret }];

/** What is wrong, what option it is, and what the message says of value and range. */
type Row = readonly [object, string, RegExp];

const KEYRINGS: readonly (readonly [unknown, string, RegExp])[] = [
  [[], 'keyring', /is a Array, expected a list of 1 to 8 keys/],
  ['secret', 'keyring', /expected a list of 1 to 8 keys/],
  [Array.from({ length: 9 }, (_, n) => ({ id: `k${n}`, secret })), 'keyring', /1 to 8 keys/],
  [[undefined], 'keyring[0]', /is undefined, expected \{ id, secret \}/],
  [[{ id: 'a b', secret }], 'keyring[0].id', /is "a b", expected text matching/],
  [[{ secret }], 'keyring[0].id', /is undefined/],
  [[...keyring, { id: 'k2', secret: 'short' }], 'keyring[1].secret', /is "5 long".*at least 32/],
  [[{ id: 'k1', secret: new Uint8Array(31) }], 'keyring[0].secret', /is "31 long".*at least 32/],
  [[{ id: 'k1', secret: 42 }], 'keyring[0].secret', /is 42, expected at least 32/],
  [[...keyring, ...keyring], 'keyring[1].id', /is "k1", expected an id that no other key has/],
];

const ROWS: readonly Row[] = [
  [{ transport: undefined }, 'transport', /is undefined, expected a transport/],
  [{ transport: {} }, 'transport', /is a Object, expected a transport/],
  [{ cluster: { name: '' } }, 'cluster.name', /is "", expected text matching .*\{1,64\}/],
  [{ cluster: { name: 'a.b' } }, 'cluster.name', /is "a\.b"/],
  [{ cluster: { name: 'n'.repeat(65) } }, 'cluster.name', /\{1,64\}/],
  [{ cluster: { name: 5 } }, 'cluster.name', /is 5/],
  ...KEYRINGS.map(([bad, option, message]): Row => {
    return [{ cluster: { keyring: bad } }, `cluster.${option}`, message];
  }),
  [{ cluster: { keyring, acceptPlain: 1 } }, 'cluster.acceptPlain', /is 1, expected true or false/],
  [{ cluster: { acceptPlain: true } }, 'cluster.acceptPlain', /false without cluster\.keyring/],
  [{ node: { id: 'a b' } }, 'node.id', /is "a b", expected text matching .*\{1,32\}/],
  [{ node: { id: 'a~b' } }, 'node.id', /is "a~b"/],
  [{ node: { id: 'n'.repeat(33) } }, 'node.id', /\{1,32\}/],
  [{ node: { label: 'a b' } }, 'node.label', /is "a b"/],
  [{ node: { zone: '' } }, 'node.zone', /is ""/],
  [{ node: { weight: -1 } }, 'node.weight', /is -1, expected a number from 0 to 1000/],
  [{ node: { weight: 1001 } }, 'node.weight', /is 1001/],
  [{ node: { weight: Number.NaN } }, 'node.weight', /is NaN/],
  [{ node: { url: 'ftp://a' } }, 'node.url', /is "ftp:\/\/a", expected an http or https URL/],
  [{ node: { url: 'nowhere' } }, 'node.url', /is "nowhere"/],
  [{ node: { url: `http://${'a'.repeat(250)}` } }, 'node.url', /at most 256 characters/],
  [{ backups: -1 }, 'backups', /is -1, expected a whole number from 0 to 5/],
  [{ backups: 6 }, 'backups', /is 6/],
  [{ backups: 1.5 }, 'backups', /is 1\.5/],
  [{ backups: '1' }, 'backups', /is "1"/],
  [{ durability: 'both' }, 'durability', /is "both", expected one of async, backup, all/],
  [{ onIsolation: 'stop' }, 'onIsolation', /is "stop", expected one of serve, refuse/],
  [{ memory: { maxBytes: 2 ** 20 - 1 } }, 'memory.maxBytes', /is 1048575, expected .* 1048576 to/],
  [{ memory: { maxBytes: 2 ** 21 + 0.5 } }, 'memory.maxBytes', /expected a whole number/],
  [{ memory: { maxBytes: '1g' } }, 'memory.maxBytes', /is "1g"/],
  [{ timings: 'slow' }, 'timings', /is "slow", expected one of local/],
  [{ timings: 'toString' }, 'timings', /is "toString"/],
  [{ callTimeoutMs: 99 }, 'callTimeoutMs', /is 99, expected a number from 100 to 60000/],
  [{ callTimeoutMs: 60_001 }, 'callTimeoutMs', /is 60001/],
  [{ callTimeoutMs: Number.POSITIVE_INFINITY }, 'callTimeoutMs', /is Infinity/],
  [{ joinMs: -1 }, 'joinMs', /is -1, expected a number from 0 to 10000/],
  [{ joinMs: 10_001 }, 'joinMs', /is 10001/],
  [{ logger: { warn() {} } }, 'logger', /expected an object with the methods debug, log, warn/],
  [{ clock: {} }, 'clock', /expected an object with the methods nowMs, every, afterTurn/],
];

function expectRefusal(error: unknown, option: string, message: RegExp): void {
  expect(error).toBeInstanceOf(OptionError);
  expect(error).toMatchObject({ code: 'ERR_OPTION', option });
  expect((error as Error).message).toContain(`option ${option} is `);
  expect((error as Error).message).toMatch(message);
}

const named = ([options, option, message]: Row) => [option, options, message] as const;

describe('options of a node', () => {
  it('have defaults', () => {
    expect(normalizeOptions({ transport })).toMatchObject({
      clusterName: 'default',
      keyring: undefined,
      acceptPlain: false,
      durability: 'backup',
    });
  });

  it.each(ROWS.map(named))(
    'are refused when %s is out of range: %j',
    (option, options, message) => {
      let error: unknown;
      try {
        normalizeOptions({ transport, ...options } as ClusterOptions);
      } catch (thrown) {
        error = thrown;
      }
      expectRefusal(error, option, message);
    },
  );

  it('never show a secret', () => {
    const hidden = 'hunter2-hunter2';
    const bad = { transport, cluster: { keyring: [{ id: 'k1', secret: hidden }] } };
    expect(() => normalizeOptions(bad)).toThrow(/^(?!.*hunter2)/);
  });
});

describe('options of an observer', () => {
  const rows: readonly Row[] = [
    [{ transport: undefined }, 'transport', /is undefined/],
    [{ cluster: 'a.b' }, 'cluster', /is "a\.b"/],
    ...KEYRINGS.map(([bad, option, message]): Row => [{ keyring: bad }, option, message]),
    [{ keyring, acceptPlain: 'yes' }, 'acceptPlain', /is "yes", expected true or false/],
    [{ acceptPlain: true }, 'acceptPlain', /false without keyring/],
    [{ clock: {} }, 'clock', /nowMs/],
    [{ logger: {} }, 'logger', /warn/],
  ];
  it.each(rows.map(named))(
    'are refused when %s is out of range: %j',
    async (option, bad, message) => {
      const error = await observeCluster({ transport, ...bad } as never).catch((e: unknown) => e);
      expectRefusal(error, option, message);
    },
  );
});

describe('options of a sealer', () => {
  const rows: readonly Row[] = [
    [{ cluster: 'a.b' }, 'cluster', /is "a\.b"/],
    [{ keyring: undefined }, 'keyring', /is undefined, expected a list of 1 to 8 keys/],
    ...KEYRINGS.map(([bad, option, message]): Row => [{ keyring: bad }, option, message]),
    [{ purpose: '' }, 'purpose', /is "", expected text/],
  ];
  it.each(rows.map(named))('are refused when %s is out of range: %j', (option, bad, message) => {
    let error: unknown;
    try {
      createSealer({ keyring, purpose: 'tier', ...bad } as never);
    } catch (thrown) {
      error = thrown;
    }
    expectRefusal(error, option, message);
  });

  it('let whoever has the keys open what another sealed', () => {
    const [bytes, key] = [new Uint8Array([1, 2, 3]), new Uint8Array([4])];
    const sealed = createSealer({ keyring, purpose: 'tier' }).seal(bytes, key);
    const other = createSealer({ keyring, purpose: 'tier' });
    expect(new Uint8Array(other.open(sealed, key))).toEqual(bytes);
    expect(() =>
      createSealer({ keyring, purpose: 'tier', cluster: 'x' }).open(sealed, key),
    ).toThrow();
  });
});

describe('how long a drain may take', () => {
  it.each([-1, Number.NaN, 86_400_001, '5'])('is refused when it is %s', async (deadlineMs) => {
    const node = await SessionCluster.start({
      transport: memoryTransport({ bus: createMemoryBus() }),
      joinMs: 0,
    });
    const error = await node.drain({ deadlineMs } as never).catch((thrown: unknown) => thrown);
    expectRefusal(error, 'deadlineMs', /expected a number from 0 to 86400000/);
    expect(node.status().state).toBe('active');
    await node.stop();
  });
});

describe('options of the embedded bus in a process', () => {
  it.each([
    [{ port: -1 }, 'port', /is -1, expected a port number/],
    [{ port: 65_536 }, 'port', /is 65536/],
    [{ host: '' }, 'host', /is "", expected a host name/],
  ])('are refused: %j', async (options, option, message) => {
    expectRefusal(await embeddedBus(options).catch((thrown: unknown) => thrown), option, message);
  });
});

it('a boot id has 72 random bits', () => {
  const ids = Array.from({ length: 1000 }, newBootId);
  expect(new Set(ids).size).toBe(1000);
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{12}$/);
});
