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
      posts: 1,
      roll: false,
      landed: 0.99,
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
    [['--balancer', 'round-robin'], undefined],
    [['--strike', 'bus'], undefined],
    [['--strike', 'all'], undefined],
    [['--landed', '0.5'], 0.5],
    [['--roll'], 0.99],
  ])('%j judge where failovers land only where somebody is looked for', (argv, landed) => {
    expect(parseChaosOptions(argv, 1).landed).toBe(landed);
  });

  it.each(['0.3', '.3', '1', '1.0'])('take %s as a share', (text) => {
    expect(parseChaosOptions(['--posts', text], 1).posts).toBe(Number(text));
  });

  it.each([
    [['--posts', '0'], /--posts 0: expected more than 0/],
    [['--posts', '1.5'], /--posts 1\.5: expected a number from 0 to 1, such as 0\.3/],
    [['--posts', '30%'], /--posts 30%: expected a number from 0 to 1/],
    [['--posts', '1e-9'], /--posts 1e-9: expected a number/],
    [['--posts'], /--posts expects a number from 0 to 1/],
    [['--landed', '0.9', '--balancer', 'round-robin'], /--landed needs --balancer sticky/],
    [['--landed', '0.9', '--strike', 'bus'], /--landed needs .* --strike nodes/],
    [['--roll', '--kills', '3'], /--roll replaces every node once; leave out --kills/],
    [['--roll', '--signal', 'SIGTERM'], /leave out --signal/],
    [['--roll', '--strike', 'all'], /leave out --strike/],
    [['--roll', '--seconds', '9'], /leave out --seconds/],
    [['--strike', 'all', '--signal', 'SIGSTOP'], /--strike all takes --signal SIGKILL/],
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
    expect(CHAOS_HELP).toMatch(
      /--nodes N .*--posts SHARE .*--signal SIGKILL\|SIGTERM\|SIGSTOP .*--roll .*--landed SHARE .*--seed N/s,
    );
  });
});
