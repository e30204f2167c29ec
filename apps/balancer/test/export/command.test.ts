import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { run } from '../../src/cli/run.js';
import { closeAfterTest } from '../support/bench.js';

const LIST = 'a=http://10.0.0.1:3000,a-1=http://10.0.0.2:3000,1=http://[fd00::3]:3000';
const SECRET = 'the-secret-of-a-test-of-32-characters';

interface Told {
  readonly code: number | undefined;
  readonly out: string;
  readonly error: string;
}

/** What the command writes, and to where. */
async function told(
  parameters: readonly string[],
  environment: Record<string, string> = {},
): Promise<Told> {
  let out = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    out += String(chunk);
    return true;
  });
  const error = vi.spyOn(console, 'error').mockImplementation(() => {});
  try {
    const code = await run(['export', ...parameters], environment);
    return { code, out, error: error.mock.calls.flat().join('\n') };
  } finally {
    write.mockRestore();
    error.mockRestore();
  }
}

async function configuration(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'balancer-'));
  closeAfterTest({ close: () => rm(folder, { recursive: true }) });
  await writeFile(join(folder, 'nodes.yaml'), '- { label: second, url: http://h:2, weight: 7 }\n');
  const path = join(folder, 'b.yaml');
  await writeFile(path, text);
  return path;
}

describe('balancer export', () => {
  test.each([
    ['haproxy', 'haproxy.cfg', []],
    ['nginx', 'nginx.conf', []],
    ['nginx', 'nginx-1.29.6.conf', ['--nginx-version', '1.29.6']],
    ['envoy', 'envoy.yaml', []],
    ['k8s', 'k8s.yaml', []],
  ])('%s writes %s, and says what is at its top', async (kind, file, more) => {
    const { code, out, error } = await told([kind, '--nodes', LIST, ...more]);
    expect(code).toBeUndefined();
    // What is said at the top is said to whoever called, too.
    const notes = [...out.matchAll(/^# - (.*)$/gm)].map(([, note]) => `balancer: ${note}`);
    expect(error).toBe(notes.join('\n'));
    await expect(out).toMatchFileSnapshot(`golden/${file}`);
  });

  test('takes nodes and listener of the configuration', async () => {
    const path = await configuration(
      'listen: { host: "::1", port: 8443 }\nnodes: first=http://h:1\nnodesFile: nodes.yaml\n',
    );
    const { out } = await told(['haproxy', '--config', path]);
    expect(out).toContain('bind [::1]:8443\n');
    expect(out).toMatch(/server first h:1 id \d+ weight 1\n/);
    expect(out).toMatch(/server second h:2 id \d+ weight 7\n/);
    const other = await told(['haproxy', '-c', path, '--listen', '*:80']);
    expect(other.out).toContain('bind *:80\n');
  });

  test('takes affinity and assignment of the configuration, and says what is left out', async () => {
    const path = await configuration(
      'nodes: first=http://h:1\naffinity: [{ header: X-User }]\nassignment: least-connections\n' +
        'boundedLoad: { factor: 2 }\nslowStart: { durationMs: 1000 }\nforwarded: { trusted: [10.0.0.0/8] }\n',
    );
    const { out, error } = await told(['haproxy', '--config', path]);
    expect(out).toContain('set-var(txn.key) req.fhdr(X-User)');
    expect(out).toContain('balance leastconn\n');
    expect(out).toContain('hash-balance-factor 200\n');
    expect(error).toContain('balancer: slowStart.durationMs is not written');
    expect(error).toContain('balancer: forwarded.trusted is not written');
    const learning = { BALANCER_AFFINITY: 'appCookie:S:learn', BALANCER_COOKIE_SECRETS: SECRET };
    const refused = await told(['nginx', '--config', path], learning);
    expect([refused.code, refused.out]).toEqual([1, '']);
    expect(refused.error).toContain('balancer: nginx cannot have affinity by appCookie S (learn)');
    const alone = await told(['haproxy', '--config', path, '--nodes', LIST]);
    expect(alone.error).toBe(`balancer: with --nodes nothing of ${path} is used`);
  });

  test('takes them of the environment', async () => {
    const { out } = await told(['haproxy'], { BALANCER_NODES: 'x=http://h:1', PORT: '81' });
    expect(out).toContain('bind 127.0.0.1:81\n');
    expect(out).toContain('server x h:1');
  });

  test('uses nothing but the list when one is given', async () => {
    const { out } = await told(['haproxy', '--nodes', LIST], {
      ...{ BALANCER_NODES: 'x=http://h:1', UNDERSTUDY_BUS: 'nats://127.0.0.1:1', PORT: 'none' },
    });
    expect(out).not.toContain('server x ');
    expect(new Set(out.match(/^ {4}server \S+/gm)).size).toBe(3);
  });

  test.each<[string[], string]>([
    [[], 'the command is "export", expected export haproxy|nginx|envoy|k8s'],
    [['haproxy', 'nginx'], 'the command is "export haproxy nginx", expected export'],
    [['apache', '--nodes', LIST], 'kind is "apache", expected one of haproxy, nginx, envoy, k8s'],
    [['haproxy', '--nodes', 'a'], '--nodes is "a", expected a list of nodes with label and url'],
    [['haproxy', '--nodes', 'a=ftp://x'], '--nodes[0].url is "ftp://x", expected http://host'],
    [['haproxy', '--nodes='], '--nodes is "", expected label=url,label=url'],
    [['haproxy', '--listen', 'x', '--nodes', LIST], 'listen is "x", expected host:port'],
    [['haproxy'], 'bus.servers is undefined, expected the URL of the bus'],
    [['haproxy', '--bus', ','], 'BALANCER_BUS_SERVERS is …, expected nats://host:port'],
  ])('%j is refused, and nothing written', async (parameters, message) => {
    const { code, out, error } = await told(parameters);
    expect(error).toContain(`balancer: ${message}`);
    expect([code, out]).toEqual([1, '']);
  });

  test('its flags belong to it alone', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    expect(await run(['check', '--nodes', LIST], {})).toBe(1);
    expect(error.mock.calls.flat().join()).toContain('nothing: check does not take it');
    error.mockRestore();
  });
});
