import { describe, expect, it } from 'vitest';
import { CHAOS_HELP, parseChaosOptions } from '../../scripts/chaos/options.mjs';
import { parseBusUrl } from '../../scripts/cluster/join-bus.mjs';
import { parseStartOptions, START_HELP } from '../../scripts/start/options.mjs';

describe('the flags of npm start', () => {
  it('default to three shops on 8080 and the dashboard on 8081', () => {
    expect(parseStartOptions([])).toEqual({
      nodes: 3,
      port: 8080,
      adminPort: 8081,
      natsUrl: undefined,
      redisUrl: undefined,
      open: false,
      help: false,
    });
  });

  it('are read with a space or an equals sign', () => {
    const argv = [
      '--nodes',
      '5',
      '--port=9000',
      '--admin-port',
      '0',
      '--nats=nats://bus',
      '--open',
    ];
    expect(parseStartOptions(argv)).toMatchObject({
      nodes: 5,
      port: 9000,
      adminPort: 0,
      natsUrl: 'nats://bus',
      open: true,
    });
  });

  it.each([
    [['--node', '3'], /Unknown flag --node\. Known: --nodes /],
    [['3'], /Unexpected argument 3/],
    [['--toString'], /Unknown flag/],
    [['--nodes', '0'], /--nodes 0: expected a whole number from 1 to 16/],
    [['--nodes', 'three'], /--nodes three: expected a whole number/],
    [['--port', '65536'], /--port 65536: expected a whole number from 0 to 65535/],
    [['--port'], /--port expects a whole number/],
    [['--open=yes'], /--open takes no value/],
    [['--port', '8081'], /--port and --admin-port are both 8081/],
    [['--redis', 'http://x'], /--redis expects a URL such as redis:/],
    [['--nats', 'http://x'], /--nats expects a URL such as/],
  ])('%j are refused with a message that says what is expected', (argv, message) => {
    expect(() => parseStartOptions(argv)).toThrow(message);
  });

  it('are all named in the help', () => {
    for (const flag of ['nodes N', 'port P', 'admin-port P', 'nats URL', 'redis URL', 'open']) {
      expect(START_HELP).toContain(`--${flag}`);
    }
  });
});

describe('the URL of a bus', () => {
  it.each([
    ['nats://127.0.0.1:4333', '127.0.0.1', 4333],
    ['nats://bus', 'bus', 4222],
    ['bus:4333', 'bus', 4333],
    ['tls://user:secret@bus:1', 'bus', 1],
  ])('%s', (url, hostname, port) => {
    expect(parseBusUrl(url)).toEqual({ hostname, port });
  });

  it('is not repeated when it is refused, for it may hold a password', () => {
    expect(() => parseBusUrl('redis://user:hunter2@bus')).toThrow(/^(?!.*hunter2)/);
  });
});

describe('the flags of npm run chaos', () => {
  it('default to ten kills of three nodes under twenty shoppers', () => {
    expect(parseChaosOptions([], 42)).toMatchObject({
      nodes: 3,
      shoppers: 20,
      pauseMaxMs: 30,
      kills: 10,
      seconds: undefined,
      signal: 'SIGKILL',
      assignment: 'sticky',
      workers: 1,
      bus: 'auto',
      seed: 42,
    });
  });

  it('let the time end the run when only the time is given', () => {
    expect(parseChaosOptions(['--seconds', '30'], 1).kills).toBe(Number.POSITIVE_INFINITY);
    expect(parseChaosOptions(['--seconds', '30', '--kills', '2'], 1).kills).toBe(2);
  });

  it.each([
    [['--signal', 'SIGHUP'], /--signal SIGHUP: expected SIGKILL or SIGTERM or SIGSTOP/],
    [['--pause', '0'], /--pause 0: expected a whole number from 1/],
    [['--nodes', '1'], /expected a whole number from 2/],
    [['--strike', 'bus', '--signal', 'SIGTERM'], /--strike bus takes --signal SIGKILL or SIGSTOP/],
    [['--bus-servers', '3'], /--bus-servers needs --strike bus/],
    [['--kills', '0'], /--kills 0 needs --seconds/],
    [['--balancer', 'random'], /expected sticky or round-robin/],
  ])('%j are refused', (argv, message) => {
    expect(() => parseChaosOptions(argv, 1)).toThrow(message);
  });

  it('are all in the help', () => {
    expect(CHAOS_HELP).toMatch(/--nodes N .*--signal SIGKILL\|SIGTERM\|SIGSTOP .*--seed N/s);
  });
});
