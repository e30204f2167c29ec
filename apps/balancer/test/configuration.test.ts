import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { run } from '../src/cli/run.js';
import { OptionError } from '../src/errors.js';
import { balance, closeAfterTest } from './support/bench.js';
import { ask, openRaw } from './support/client.js';
import { type MainProcess, startMain } from './support/main-process.js';
import { refusingUrl, startNode, startRawNode } from './support/upstream-node.js';
import { until } from './support/wait.js';
import { WEBSOCKET_OPENED } from './support/websocket.js';

const NO_ENVIRONMENT = { UNDERSTUDY_BUS: '', BALANCER_NODES: '', BALANCER_CONFIG: '' };

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'balancer-'));
  closeAfterTest({ close: () => rm(path, { recursive: true }) });
  return path;
}

function start(parameters: readonly string[], environment: Record<string, string> = {}) {
  return closeAfterTest(startMain({ ...NO_ENVIRONMENT, ...environment }, parameters));
}

async function urlsOf(main: MainProcess) {
  await until('it listens', () => main.output().includes('balancer listening'));
  const [, url = '', admin = ''] = /on (\S+), admin (\S+)/.exec(main.output()) ?? [];
  return { url, admin };
}

describe('the command line', () => {
  test('check accepts a sound configuration without opening anything', async () => {
    const file = join(await folder(), 'b.yaml');
    const taken = closeAfterTest(await startNode('a'));
    await writeFile(file, `listen: { port: ${taken.port} }\nnodes: a=${taken.url}\n`);
    const main = start(['check', '--config', file]);
    expect(await main.exit).toBe(0);
    expect(main.output()).toContain('the configuration is sound; nodes come from a list of 1');
    expect(main.output()).toContain('requests return by route; others are spread by p2c');
    expect(taken.sockets.size).toBe(0);
  });

  test('check names every fault with its line, and fails', async () => {
    const file = join(await folder(), 'b.yaml');
    await writeFile(file, 'nodesFile: nodes.yaml\nlimits: { attempts: 0, other: 1 }\n');
    const main = start(['check'], { BALANCER_CONFIG: file });
    expect(await main.exit).toBe(1);
    const lines = main.output().trim().split('\n');
    expect(lines[0]).toBe('balancer: 2 faults in the configuration');
    expect(lines[1]).toContain(`${file}:2: limits.other is unknown, expected one of `);
    expect(lines[2]).toContain(`${file}:2: limits.attempts is 0, expected a whole number from 1`);
  });

  test('check tells which variables nobody reads', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    const nodes = 'a=http://h:1';
    const code = await run(['check'], { BALANCER_NODES: nodes, BALANCER_WORKER: '3' });
    expect(code).toBeUndefined();
    expect(error.mock.calls.flat()).toEqual([
      'balancer: BALANCER_WORKER is ignored: no key of the configuration has that variable',
    ]);
    error.mockRestore();
    log.mockRestore();
  });

  test('a flag that does not exist is named', async () => {
    expect(await told(['check', '--confg', 'x'])).toContain(
      'the command line is "check --confg x", expected flags that there are; see --help ' +
        "(Unknown option '--confg')",
    );
  });

  test('check tells where requests return to', async () => {
    const file = join(await folder(), 'b.yaml');
    const affinity = '[route, { appCookie: { name: APP, mode: suffix } }, clientIp]';
    await writeFile(file, `nodes: a=http://h:1\naffinity: ${affinity}\nassignment: hash\n`);
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    await run(['check', '-c', file], { BALANCER_NODES: '' });
    expect(log.mock.calls.flat().join('\n')).toContain(
      'requests return by route, then appCookie APP (suffix), then clientIp; ' +
        'others are spread by hash',
    );
    log.mockRestore();
  });

  test('check reads the file of nodes, from where the configuration lies', async () => {
    const path = await folder();
    await writeFile(join(path, 'b.yaml'), 'nodesFile: nodes.yaml\nnodes: a=http://h:1\n');
    const check = () => told(['check', '-c', join(path, 'b.yaml')]);
    expect(await check()).toContain('nodes.yaml is unreadable, expected a file that can be read');
    await writeFile(join(path, 'nodes.yaml'), '- { label: a, url: http://h:2 }\n');
    expect(await check()).toContain('node label is "a", expected a unique label');
  });

  test('the token of the admin port comes from a file, and is told by no message', async () => {
    const path = await folder();
    const file = join(path, 'b.yaml');
    await writeFile(join(path, 'token'), 'correct-horse-battery\n');
    const open = 'nodes: a=http://h:1\nadmin: { host: 0.0.0.0, port: 0, ';
    const write = (rest: string) => writeFile(file, `${open}${rest} }\nlisten: { port: 0 }\n`);
    const check = async (rest: string, environment: Record<string, string> = {}) => {
      await write(rest);
      return told(['check', '-c', file], environment);
    };
    expect(await check('tokenFile: none')).toContain('none is unreadable');
    expect(await check('')).toBe(
      'balancer: admin.token is undefined, expected a token (BALANCER_ADMIN_TOKEN), ' +
        'because others can reach admin.host 0.0.0.0',
    );
    const both = await check('tokenFile: token', { BALANCER_ADMIN_TOKEN: 'x'.repeat(16) });
    expect(both).toContain('admin.tokenFile is "token", expected nothing when there is a token');
    await write('tokenFile: token');
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    expect(await run(['check', '-c', file], {})).toBeUndefined();
    expect(String(log.mock.calls[0]?.[0])).toContain('is sound');
    log.mockRestore();
    await writeFile(join(path, 'token'), 'two words that are long enough');
    expect(await check('tokenFile: token')).toBe(
      `balancer: ${join(path, 'token')}: admin.token is …, expected 16 to 512 of A-Z a-z 0-9 - . _ ~ + / =`,
    );
  });

  test.each<[string[], string]>([
    [['chek'], 'balancer: the command is "chek", expected one of serve, check, export; see --help'],
    [['check', 'twice'], 'balancer: the command is "check twice", expected check'],
    [['--prot', '1'], 'balancer: the command line is "--prot 1", expected'],
    [['--config='], 'balancer: --config is "", expected the path of a file'],
  ])('%j is refused', async (parameters, message) => {
    expect(await told(parameters)).toContain(message);
  });

  test('--help tells the commands', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    expect(await run(['--help'], {})).toBe(0);
    expect(String(log.mock.calls[0]?.[0])).toMatch(/serve .*\n.*check .*\n.*export .*\n.*--nodes /);
    log.mockRestore();
  });
});

/** What a command that fails says. */
async function told(
  parameters: readonly string[],
  environment: Record<string, string> = {},
): Promise<string> {
  const error = vi.spyOn(console, 'error').mockImplementation(() => {});
  expect(await run(parameters, { BALANCER_NODES: '', ...environment })).toBe(1);
  const text = error.mock.calls.flat().join('\n');
  error.mockRestore();
  return text;
}

/** A node that answers a stream which never ends, a WebSocket that echoes, or its label. */
function streamingNode(label: string) {
  return startRawNode((socket) => {
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      if (text.includes('Upgrade: websocket')) {
        socket.write(WEBSOCKET_OPENED);
      } else if (text.startsWith('GET /events')) {
        const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n';
        socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n3\r\n:\n\n\r\n`);
      } else if (/^[A-Z]+ \//.test(text)) {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${label}`);
      } else {
        socket.write(chunk);
      }
    });
  });
}

describe('SIGHUP', () => {
  test('takes over nodes and bounds, and no connection notices', async () => {
    const a = closeAfterTest(await streamingNode('a'));
    const b = closeAfterTest(await startNode('b'));
    const path = await folder();
    const file = join(path, 'b.yaml');
    const write = (url: string, more: string) =>
      writeFile(file, `listen: { port: 0 }\nadmin: { port: 0 }\nnodes: n=${url}\n${more}`);
    await write(a.url, '');
    const main = start(['--config', file]);
    const { url } = await urlsOf(main);

    const webSocket = await openRaw(url);
    webSocket.socket.write(
      'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    await until('the tunnel is open', () => webSocket.received().includes(' 101 '));
    const events = await openRaw(url);
    events.socket.write('GET /events HTTP/1.1\r\nHost: x\r\n\r\n');
    await until('the stream has begun', () => events.received().includes(':\n\n'));
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const sockets = new Set<unknown>();
    const kept = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const outgoing = request(url, { agent }, (response) => {
          response.setEncoding('latin1').on('data', (text: string) => resolve(text));
          response.on('error', reject);
        });
        outgoing.on('socket', (socket) => sockets.add(socket));
        outgoing.on('error', reject).end();
      });
    const answers: string[] = [];
    let done = false;
    const load = Array.from({ length: 4 }, async () => {
      while (!done) answers.push(await kept());
    });

    await until('the first node answers', () => answers.includes('a'));
    await write(b.url, 'listen: 5\n');
    main.signal('SIGHUP');
    await until('the fault is told', () => main.output().includes('the former one stays'));
    expect(main.output()).toContain(`${file}:4: ${file} is unreadable, expected each key once`);
    await write(b.url, 'limits: { requestsPerConnection: 1 }\n');
    main.signal('SIGHUP');
    main.signal('SIGHUP');
    await until('it is told', () => main.output().includes('configuration reloaded'));
    await until('the second node answers', () => answers.at(-1) === 'b');
    done = true;
    await Promise.all(load);
    expect(sockets.size).toBe(4);
    agent.destroy();

    webSocket.socket.write('hello');
    await until('the tunnel still echoes', () => webSocket.received().endsWith('hello'));
    for (const socket of a.sockets) socket.write('4\r\n:\n\n\n\r\n');
    await until('the stream goes on', () => events.received().includes('4\r\n:\n\n\n'));
    const pipelining = await openRaw(url);
    pipelining.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2));
    await until('the new bound holds', () => pipelining.received().includes(' 503 '));
    for (const { socket } of [webSocket, events, pipelining]) socket.destroy();
    main.signal('SIGTERM');
    expect(await main.exit).toBe(0);
  });

  test('names what a start alone can change', async () => {
    const node = closeAfterTest(await startNode('a'));
    const file = join(await folder(), 'b.yaml');
    const write = (port: number, headBytes: number) =>
      writeFile(
        file,
        `listen: { port: ${port} }\nadmin: { port: 0 }\nnodes: a=${node.url}\n` +
          `limits: { headBytes: ${headBytes} }\n`,
      );
    await write(0, 16_384);
    const main = start(['-c', file]);
    const { url } = await urlsOf(main);
    await write(1, 20_000);
    main.signal('SIGHUP');
    await until('it is reloaded', () => main.output().includes('configuration reloaded'));
    for (const key of ['listen.port', 'limits.headBytes']) {
      expect(main.output()).toContain(`${key} has changed and takes effect with the next start`);
    }
    expect((await ask(url)).body).toBe('a');
  });
});

test('the program takes affinity from its configuration', async () => {
  const node = closeAfterTest(await startNode('a'));
  const file = join(await folder(), 'b.yaml');
  const write = (keys: string) =>
    writeFile(
      file,
      `listen: { port: 0 }\nadmin: { port: 0 }\nnodes: a=${node.url}\naffinity: [cookie]\n${keys}`,
    );
  await write(`cookie: { secrets: [${'s'.repeat(40)}], name: node, maxAge: 60 }\n`);
  const main = start(['-c', file]);
  const { url } = await urlsOf(main);
  expect((await ask(url)).headers['set-cookie']).toEqual([
    expect.stringMatching(/^node=v1\.a\.\S+; Path=\/; Max-Age=60; HttpOnly; SameSite=Lax$/),
  ]);
  await write(`cookie: { secrets: [${'t'.repeat(40)}] }\nassignment: hash\n`);
  main.signal('SIGHUP');
  await until('it is reloaded', () => main.output().includes('configuration reloaded'));
  for (const key of ['assignment', 'cookie.name', 'cookie.maxAge', 'cookie.secrets']) {
    expect(main.output()).toContain(`${key} has changed and takes effect with the next start`);
  }
  expect(main.output()).not.toContain('ttt');
});

test('with a list the program serves before its bus is reached', async () => {
  const node = closeAfterTest(await startNode('a'));
  const bus = (await refusingUrl()).replace('http', 'nats');
  const main = start([], {
    ...{ PORT: '0', ADMIN_PORT: '0', UNDERSTUDY_BUS: bus, BALANCER_NODES: `a=${node.url}` },
  });
  const { url } = await urlsOf(main);
  expect((await ask(url)).body).toBe('a');
  await until('it says what it waits for', () => main.output().includes('no bus at'));
  main.signal('SIGTERM');
  expect(await main.exit).toBe(0);
});

describe('bounds of a running balancer', () => {
  test('change without a restart, and return to their defaults when not given', async () => {
    const node = closeAfterTest(await startNode('a', () => {}));
    const balancer = await balance([node]);
    balancer.reconfigure({ timeouts: { firstByteMs: 20, stopMs: 1 } });
    expect((await ask(balancer.url)).status).toBe(504);
    balancer.reconfigure({ timeouts: { stopMs: 1 } });
    expect(balancer.timeouts.firstByteMs).toBe(30_000);
  });

  test('are refused as a whole', async () => {
    const balancer = await balance([]);
    const bounds = { timeouts: { firstByteMs: 20 }, limits: { attempts: 0 } };
    expect(() => balancer.reconfigure(bounds)).toThrow(OptionError);
    expect(balancer.timeouts.firstByteMs).toBe(30_000);
  });

  test.each<[object, string]>([
    [{ limits: { atempts: 1 } }, 'limits.atempts is 1, expected one of clientConnections, '],
    [{ limits: { attempts: 0 } }, 'limits.attempts is 0, expected a whole number from 1 to'],
    [{ timeouts: { connectMs: Number.NaN } }, 'timeouts.connectMs is null, expected a whole'],
    [{ boundedLoad: { factor: 0.5 } }, 'boundedLoad.factor is 0.5, expected a number from 1'],
    [{ health: { fall: -1 } }, 'health.fall is -1, expected a whole number from 1'],
  ])('%j is refused at the start', async (options, message) => {
    await expect(balance([], options)).rejects.toThrow(message);
  });
});
