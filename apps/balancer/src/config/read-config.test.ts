import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_CIRCUIT } from '../health/circuit.js';
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS } from '../limits.js';
import { DEFAULT_NODE_COOKIE } from '../routing/node-cookie.js';
import { describeFault, environmentName } from './field.js';
import { type Environment, readConfig, readNodesFile } from './read-config.js';
import { SCHEMA } from './schema.js';
import { DEFAULT_HEALTH } from './sections/health.js';

const BUS = { UNDERSTUDY_BUS: 'nats://127.0.0.1:4222' };
const SECRET = 'hunter2-hunter2-hunter2-hunter2-hunter2';

function read(text: string | undefined, environment: Environment = {}) {
  const file = text === undefined ? undefined : { name: 'b.yaml', text };
  return readConfig({ file, environment });
}

function messages(text: string | undefined, environment: Environment = {}): string[] {
  return read(text, environment).faults.map(describeFault);
}

describe('the environment alone', () => {
  test('has safe defaults', () => {
    expect(read(undefined, BUS).config).toEqual({
      listen: { host: '127.0.0.1', port: 8080 },
      admin: { host: '127.0.0.1', port: 8081, token: undefined, tokenFile: undefined },
      tls: {
        ...{ certFile: undefined, keyFile: undefined, sni: [] },
        ...{ minVersion: 'TLSv1.2', sessionIds: false },
      },
      proxyProtocol: { trusted: [] },
      forwarded: { trusted: [], header: 'x-forwarded' },
      rateLimit: { perSecond: 0, burst: 100 },
      bus: {
        servers: BUS.UNDERSTUDY_BUS,
        ...{ caFile: undefined, certFile: undefined, keyFile: undefined },
        ...{ cluster: undefined, keyring: undefined },
        acceptPlain: false,
      },
      nodes: undefined,
      nodesFile: undefined,
      affinity: undefined,
      cookie: { ...DEFAULT_NODE_COOKIE, secrets: undefined },
      assignment: 'p2c',
      boundedLoad: { factor: 1.25 },
      slowStart: { durationMs: 0, fromShare: 0.1 },
      rehoming: { sessionsPerSecond: 0, threshold: 1.25 },
      health: DEFAULT_HEALTH,
      circuit: DEFAULT_CIRCUIT,
      limits: DEFAULT_LIMITS,
      timeouts: DEFAULT_TIMEOUTS,
      accessLog: 'off',
      workers: 1,
    });
  });

  test('an empty variable counts as absent', () => {
    expect(read(undefined, { ...BUS, PORT: '', BALANCER_CONFIG: '' }).config?.listen.port).toBe(
      8080,
    );
  });

  test('the files of the bus are named in the file or in the environment', () => {
    const text = 'bus: { servers: nats://a, caFile: ca.pem, certFile: a.pem, keyFile: a.key }';
    const BALANCER_BUS_CA_FILE = '/run/ca.pem';
    expect(read(text, { BALANCER_BUS_CA_FILE }).config?.bus).toMatchObject({
      caFile: '/run/ca.pem',
      ...{ certFile: 'a.pem', keyFile: 'a.key' },
    });
  });

  test('a keyring is read newest first', () => {
    const [fresh, old] = ['n'.repeat(40), `${'o'.repeat(32)}:=`];
    const UNDERSTUDY_KEYRING = `2026-11:${fresh}, 2025:${old}`;
    const { config } = read(undefined, {
      ...BUS,
      UNDERSTUDY_KEYRING,
      UNDERSTUDY_ACCEPT_PLAIN: '1',
    });
    expect(config?.bus).toMatchObject({
      keyring: [
        { id: '2026-11', secret: fresh },
        { id: '2025', secret: old },
      ],
      acceptPlain: true,
    });
  });

  test('nodes are listed beside the bus or without one', () => {
    const BALANCER_NODES = 'a=http://h:1, b=http://h:2,';
    const list = [
      { label: 'a', url: 'http://h:1' },
      { label: 'b', url: 'http://h:2' },
    ];
    expect(read(undefined, { BALANCER_NODES }).config?.nodes).toMatchObject(list);
    expect(read(undefined, { ...BUS, BALANCER_NODES }).config).toMatchObject({
      bus: { servers: BUS.UNDERSTUDY_BUS },
      nodes: list,
    });
  });

  test('every key of the file has a variable of its own', () => {
    expect(environmentName('timeouts', 'firstByteMs')).toBe('BALANCER_TIMEOUTS_FIRST_BYTE_MS');
    const { config } = read(undefined, {
      ...{ BALANCER_BUS_SERVERS: 'nats://b', BALANCER_LISTEN_PORT: '1', BALANCER_HEALTH_FALL: '3' },
      ...{ BALANCER_LIMITS_RETRY_RATIO: '0.5', BALANCER_ASSIGNMENT: 'round-robin' },
    });
    expect(config).toMatchObject({
      bus: { servers: 'nats://b' },
      listen: { port: 1 },
      health: { fall: 3 },
      limits: { retryRatio: 0.5 },
      assignment: 'round-robin',
    });
  });

  test.each(['tcp://10.96.0.12:8081', 'tcp://[fd00:10::c]:8081'])(
    'what Kubernetes says of a Service called like us, %s, is no port',
    (link) => {
      const linked = { ...BUS, BALANCER_ADMIN_PORT: link, ADMIN_PORT: link };
      expect(read(undefined, linked).config?.admin.port).toBe(8081);
      expect(read('admin: { port: 99 }', linked).config?.admin.port).toBe(99);
      const own = { ...BUS, BALANCER_ADMIN_PORT: link, ADMIN_PORT: '98' };
      expect(read('admin: { port: 99 }', own).config?.admin.port).toBe(98);
    },
  );

  test('what only looks like it is refused', () => {
    const { faults } = read(undefined, { ...BUS, BALANCER_ADMIN_PORT: 'tcp://balancer:8081' });
    expect(faults.map(({ path }) => path)).toEqual(['BALANCER_ADMIN_PORT']);
  });

  test('no two keys share a variable', () => {
    const names = Object.entries(SCHEMA).flatMap(([key, part]) =>
      part.kind === 'field'
        ? [environmentName(key)]
        : Object.entries(part.fields).flatMap(([name, { alias }]) => [
            environmentName(key, name),
            ...(alias === undefined ? [] : [alias]),
          ]),
    );
    expect(new Set(names).size).toBe(names.length);
    expect(names).not.toContain('BALANCER_CONFIG');
  });
});

describe('a file', () => {
  test('says the same as the environment, which wins over it', () => {
    const text = `
listen: { port: 80 }
bus:
  servers: [nats://a:1, nats://b:2]
  keyring: ["k:${SECRET}"]
nodes:
  - { label: a, url: 'http://h:1', id: one, weight: 0.5, zone: z, state: draining }
limits: { requestsInFlight: 7 }
timeouts: { firstByteMs: 1_0 }
`.replace('1_0', '10');
    expect(read(text, { PORT: '81' }).config).toMatchObject({
      listen: { host: '127.0.0.1', port: 81 },
      bus: { servers: 'nats://a:1,nats://b:2', keyring: [{ id: 'k', secret: SECRET }] },
      nodes: [
        { label: 'a', url: 'http://h:1', id: 'one', weight: 0.5, zone: 'z', state: 'draining' },
      ],
      limits: { requestsInFlight: 7, connectionsPerNode: DEFAULT_LIMITS.connectionsPerNode },
      timeouts: { firstByteMs: 10 },
    });
  });

  test('may be empty, and use anchors', () => {
    expect(read('', BUS).faults).toEqual([]);
    expect(read('# nothing', BUS).faults).toEqual([]);
    const text = 'listen: &here { host: 127.0.0.9 }\nadmin: *here\n';
    expect(read(text, BUS).config?.admin.host).toBe('127.0.0.9');
  });

  test('every fault is told at once, with its line', () => {
    const text = 'listen:\n  port: 99999\nlimits:\n  attempts: many\n  atempts: 1\nnode: []\n';
    expect(messages(text, { ...BUS, ADMIN_PORT: 'x' })).toEqual([
      `b.yaml:6: node is unknown, expected one of ${Object.keys(SCHEMA).join(', ')}`,
      'b.yaml:2: listen.port is 99999, expected a whole number from 0 to 65535',
      'ADMIN_PORT is "x", expected a whole number from 0 to 65535',
      `b.yaml:5: limits.atempts is unknown, expected one of ${Object.keys(DEFAULT_LIMITS).join(', ')}`,
      'b.yaml:4: limits.attempts is "many", expected a whole number from 1 to 2147483647',
    ]);
  });
});

const KEYRING = '1 to 8 of id:secret with secrets of at least 32 characters';

describe('what cannot be used is refused with a message that says what to do', () => {
  test.each<[Environment, string]>([
    [
      {},
      'bus.servers is undefined, expected the URL of the bus (UNDERSTUDY_BUS), ' +
        'unless there are nodes (BALANCER_NODES) or a nodesFile',
    ],
    [
      { ...BUS, ADMIN_HOST: '::' },
      'admin.token is undefined, expected a token (BALANCER_ADMIN_TOKEN), ' +
        'because others can reach admin.host ::',
    ],
    [
      { ...BUS, BALANCER_ADMIN_TOKEN: 'short' },
      'BALANCER_ADMIN_TOKEN is …, expected 16 to 512 of A-Z a-z 0-9 - . _ ~ + / =',
    ],
    [
      { ...BUS, BALANCER_ACCESS_LOG: 'stdotu' },
      'BALANCER_ACCESS_LOG is "stdotu", expected off, stdout, or the path of a file, as ./access.log',
    ],
    [
      { ...BUS, BALANCER_WORKERS: '0' },
      'BALANCER_WORKERS is "0", expected auto, or a whole number from 1 to 128',
    ],
    [{ ...BUS, PORT: '80a' }, 'PORT is "80a", expected a whole number from 0 to 65535'],
    [{ ...BUS, PORT: '-1' }, 'PORT is "-1", expected a whole number from 0 to 65535'],
    [{ ...BUS, PORT: '0x50' }, 'PORT is "0x50", expected a whole number from 0 to 65535'],
    [
      { ...BUS, PORT: '1', BALANCER_LISTEN_PORT: '2' },
      'PORT is another, expected the same as BALANCER_LISTEN_PORT',
    ],
    [
      { ...BUS, BALANCER_FIRST_BYTE_MS: '0' },
      'BALANCER_FIRST_BYTE_MS is "0", expected a whole number of milliseconds from 1 to 2147483647',
    ],
    [
      { ...BUS, BALANCER_ASSIGNMENT: 'random' },
      'BALANCER_ASSIGNMENT is "random", expected p2c or least-connections or round-robin or hash or sticky',
    ],
    [
      { BALANCER_NODES: 'http://h:1' },
      'BALANCER_NODES is "http://h:1", expected a list of nodes with label and url, or label=url, separated by commas',
    ],
    [
      { BALANCER_NODES: 'a=ftp://x' },
      'BALANCER_NODES: BALANCER_NODES[0].url is "ftp://x", expected http://host:port without a path',
    ],
    [
      { ...BUS, UNDERSTUDY_KEYRING: `ok:${SECRET},old:hunter2` },
      `UNDERSTUDY_KEYRING is …, expected ${KEYRING}`,
    ],
    [
      { ...BUS, UNDERSTUDY_ACCEPT_PLAIN: '1' },
      'bus.acceptPlain is true, expected false without a keyring (UNDERSTUDY_KEYRING)',
    ],
    [
      { ...BUS, UNDERSTUDY_ACCEPT_PLAIN: 'yes' },
      'UNDERSTUDY_ACCEPT_PLAIN is "yes", expected true or false',
    ],
    [
      { ...BUS, UNDERSTUDY_CLUSTER: 'a b' },
      'UNDERSTUDY_CLUSTER is "a b", expected 1 to 64 of A-Z a-z 0-9 _ -',
    ],
  ])('%j', (environment, message) => {
    expect(messages(undefined, environment)).toEqual([message]);
  });

  test.each<[string, string]>([
    ['- 1', 'b.yaml:1: b.yaml is no map, expected keys and values'],
    [
      'limits: 5',
      `b.yaml:1: limits is 5, expected keys and values: ${Object.keys(DEFAULT_LIMITS).join(', ')}`,
    ],
    [
      'listen: { port: 1 }\nlisten: { port: 2 }',
      'b.yaml:2: b.yaml is unreadable, expected each key once',
    ],
    ['listen: {\n', 'b.yaml:2: b.yaml is unreadable, expected YAML (bad indent)'],
    ['\tlisten: 1', 'b.yaml:1: b.yaml is unreadable, expected YAML (tab as indent)'],
    [
      'listen: { host: "a b" }',
      'b.yaml:1: listen.host is "a b", expected an address or a name of this machine',
    ],
    [
      'bus: { servers: nats://a, certFile: a.pem }',
      'bus.keyFile is undefined, expected the path of a file; TLS takes both, a certificate and its key',
    ],
    [
      'bus: { servers: nats://a, certFile: a, keyFile: "-----BEGIN PRIVATE KEY-----\\nhunter2" }',
      'b.yaml:1: bus.keyFile is …, expected the path of a file',
    ],
    ['bus: { acceptPlain: 3 }', 'b.yaml:1: bus.acceptPlain is 3, expected true or false'],
    [
      'health: { fall: 1.5 }',
      'b.yaml:1: health.fall is 1.5, expected a whole number from 1 to 2147483647',
    ],
    [
      'timeouts: { connectMs: .inf }',
      'b.yaml:1: timeouts.connectMs is null, expected a whole number of milliseconds from 1 to 2147483647',
    ],
    [
      'limits: { retryRatio: 2 }',
      'b.yaml:1: limits.retryRatio is 2, expected a number from 0 to 1',
    ],
    [
      'nodes: 3',
      'b.yaml:1: nodes is 3, expected a list of nodes with label and url, or label=url, separated by commas',
    ],
    [
      'nodes:\n- label: a.b\n  url: http://h',
      'b.yaml:2: nodes[0].label is "a.b", expected 1 to 32 of A-Z a-z 0-9 _ -',
    ],
    ['nodes:\n- label: a', 'b.yaml:2: nodes[0].url is undefined, expected a value'],
    [
      'nodes:\n- { label: a, url: http://u:p@h }',
      'b.yaml:2: nodes[0].url is "http://u:p@h", expected http://host:port without a path',
    ],
    [
      'nodes:\n- { label: a, url: http://h:1 }\n- { label: a, url: http://h:2 }',
      'b.yaml:3: nodes[1].label is "a", expected a unique label',
    ],
    [
      'nodes:\n- { label: a, url: http://h:1 }\n- { label: b, url: http://h:2, id: a }',
      'b.yaml:3: nodes[1].id is "a", expected a unique id',
    ],
    [
      'nodes:\n- { label: a, url: http://h:1, wieght: 2 }',
      'b.yaml:2: nodes[0].wieght is unknown, expected one of label, url, id, weight, zone, state',
    ],
    ['['.repeat(2_000), 'b.yaml:1: b.yaml is unreadable, expected YAML (resource exhaustion)'],
    ['#'.repeat(300_000), 'b.yaml is unreadable, expected at most 262144 bytes'],
    [
      `listen: ${'['.repeat(20)}${']'.repeat(20)}`,
      'b.yaml is unreadable, expected at most 16 levels',
    ],
  ])('case %#', (text, message) => {
    expect(messages(text, BUS)).toEqual([message]);
  });

  test('aliases do not multiply a small file', () => {
    const rows = ['a: &a [1,1,1,1,1,1,1,1,1]'];
    for (let i = 1; i < 8; i++) {
      const [name, former] = ['abcdefgh'[i], 'abcdefgh'[i - 1]];
      rows.push(`${name}: &${name} [${`*${former},`.repeat(9)}]`);
    }
    expect(messages(rows.join('\n'), BUS)).toEqual([
      'b.yaml is unreadable, expected at most 20000 values',
    ]);
  });

  test.each([
    `bus: { keyring: "old:${SECRET}x", keyring2: ${SECRET} }`,
    `bus: { keyring: [${SECRET}] }`,
    `bus: { keyring: "k:${SECRET}" ${SECRET} }`,
    `bus: { servers: [nats://u:${SECRET}@h, 3] }`,
    `admin: { token: "${SECRET} x" }`,
    `${SECRET}\n- x`,
    `bus: !${SECRET} *${SECRET}`,
  ])('and shows no secret: %#', (text) => {
    const told = messages(text, BUS).join('\n');
    expect(told).not.toBe('');
    expect(told).not.toContain('hunter2');
  });
});

describe('whatever is written', () => {
  const key = fc.constantFrom(
    ...Object.keys(SCHEMA),
    'port',
    'host',
    'label',
    'url',
    'keyring',
    '',
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.string({ maxLength: 8 }),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
    ),
  }));
  const text = fc.oneof(
    tree.map((value) => JSON.stringify(value)),
    fc.string({ unit: fc.constantFrom(...'{}[]:,-#&*!|>\'"%@`? \n\tanodes1.~\0'), maxLength: 60 }),
  );

  test('is a configuration or a list of faults, never an exception', () => {
    fc.assert(
      fc.property(text, (written) => {
        const { config, faults } = read(written, BUS);
        expect(config === undefined).toBe(faults.length > 0);
        for (const fault of faults) expect(describeFault(fault)).toMatch(/ is .*, expected ./s);
        expect(readNodesFile(written, 'n.yaml').nodes).toBeInstanceOf(Array);
      }),
      { numRuns: 2_000 },
    );
  });
});

test('a file of nodes holds a list and nothing else', () => {
  const list = '- { label: a, url: http://h:1 }\n';
  expect(readNodesFile(list, 'n.yaml')).toMatchObject({ nodes: [{ label: 'a' }], faults: [] });
  expect(readNodesFile('nodes: []', 'n.yaml').faults.map(describeFault)).toEqual([
    'n.yaml:1: nodes is a map, expected a list of nodes with label and url, or label=url, separated by commas',
  ]);
});
