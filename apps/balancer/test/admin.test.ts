import { describe, expect, test } from 'vitest';
import { balance, closeAfterTest } from './support/bench.js';
import { ask, routeCookie } from './support/client.js';
import { refusingUrl, startNode } from './support/upstream-node.js';

const XHR = { 'X-Requested-With': 'test' };

async function twoNodes() {
  const a = closeAfterTest(await startNode('a'));
  const b = closeAfterTest(await startNode('b'));
  return balance([a, b]);
}

describe('the admin port', () => {
  test('is another port than that of the clients, which does not know its paths', async () => {
    const balancer = await twoNodes();
    expect(balancer.adminUrl).not.toBe(balancer.url);
    expect((await ask(`${balancer.url}/api/cluster`)).body).toMatch(/^[ab]$/);
  });

  test('drains a node: new sessions go elsewhere, and so do its own', async () => {
    const balancer = await twoNodes();
    const drain = `${balancer.adminUrl}/api/nodes/a/drain`;
    expect((await ask(drain, { method: 'POST', headers: XHR })).status).toBe(202);
    const cluster = JSON.parse((await ask(`${balancer.adminUrl}/api/cluster`)).body);
    expect(cluster.nodes.map((node: { state: string }) => node.state)).toEqual([
      'draining',
      'active',
    ]);
    const toA = { cookie: routeCookie('a') };
    for (let i = 0; i < 10; i++) expect((await ask(balancer.url)).body).toBe('b');
    expect((await ask(balancer.url, { headers: toA })).body).toBe('b');
    const undrain = `${balancer.adminUrl}/api/nodes/a/undrain`;
    await ask(undrain, { method: 'POST', headers: XHR });
    expect((await ask(balancer.url, { headers: toA })).body).toBe('a');
  });

  test('a draining node still takes what has nowhere else to go', async () => {
    const a = closeAfterTest(await startNode('a'));
    const balancer = await balance([a, { label: 'b', url: await refusingUrl() }]);
    balancer.directory.setState('a', 'draining');
    expect((await ask(balancer.url)).body).toBe('a');
  });

  test.each([
    ['an unknown node', '/api/nodes/zz/drain', 'POST', XHR, 404],
    ['another verb', '/api/nodes/a/restart', 'POST', XHR, 404],
    ['a bad encoding', '/api/nodes/%zz/drain', 'POST', XHR, 400],
    ['a form of a web page', '/api/nodes/a/drain', 'POST', { 'content-type': 'text/plain' }, 403],
    ['a rebound name', '/api/cluster', 'GET', { host: 'evil.example' }, 403],
    ['an unknown path', '/nothing', 'GET', {}, 404],
  ])('refuses %s', async (_name, path, method, headers, status) => {
    const balancer = await twoNodes();
    const answer = await ask(balancer.adminUrl + path, { method, headers });
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(balancer.fleet.byLabel('a')?.availability).toBe('up');
  });

  test('counts what happened', async () => {
    const b = closeAfterTest(await startNode('b'));
    const c = closeAfterTest(await startNode('c'));
    const balancer = await balance([{ label: 'a', url: await refusingUrl() }, b, c]);
    await ask(balancer.url, { headers: { cookie: routeCookie('a', 'b') } });
    await ask(balancer.url, { headers: { cookie: routeCookie('b') } });
    await ask(balancer.url, { headers: { cookie: routeCookie('zz') } });
    const { body, headers } = await ask(`${balancer.adminUrl}/metrics`);
    expect(headers['content-type']).toContain('text/plain; version=0.0.4');
    const value = (sample: string) =>
      new RegExp(`^understudy_balancer_${sample} (.*)$`, 'm').exec(body)?.[1];
    expect(value('requests_total')).toBe('3');
    expect(value('responses_total{class="2xx"}')).toBe('3');
    expect(value('retries_total{reason="unreachable"}')).toBe('1');
    expect(value('failovers_total{landed="holder"}')).toBe('1');
    expect(value('failovers_total{landed="other"}')).toBe('0');
    expect(value('failover_holder_ratio')).toBe('1');
    expect(value('reroutes_total{reason="gone"}')).toBe('1');
    expect(value('failover_duration_seconds_count')).toBe('1');
    expect(value('failover_duration_seconds_bucket{le="\\+Inf"}')).toBe('1');
    expect(Number(value('failover_duration_seconds_sum'))).toBeGreaterThan(0);
    expect(value('node_availability{node="a",availability="suspect"}')).toBe('1');
    expect(value('node_circuit{node="a",phase="open"}')).toBe('1');
  });

  test('answers for its own health by what clients can expect', async () => {
    const balancer = await twoNodes();
    const health = () => ask(`${balancer.adminUrl}/healthz`);
    expect(await health()).toMatchObject({ status: 200, body: '{"state":"ready"}' });
    balancer.directory.replace([]);
    expect(await health()).toMatchObject({ status: 503, body: '{"state":"down"}' });
  });

  test('counts per node what was sent, how long it took and how often it was ejected', async () => {
    const b = closeAfterTest(await startNode('b'));
    const balancer = await balance([{ label: 'a', url: await refusingUrl() }, b]);
    for (let i = 0; i < 3; i++) {
      await ask(balancer.url, { headers: { cookie: routeCookie('a', 'b') } });
    }
    const { body } = await ask(`${balancer.adminUrl}/metrics`);
    expect(body).toContain('balancer_node_requests_total{node="a"} 1\n');
    expect(body).toContain('balancer_node_requests_total{node="b"} 3\n');
    expect(body).toContain('balancer_node_latency_seconds_count{node="a"} 0\n');
    expect(body).toContain('balancer_node_latency_seconds_count{node="b"} 3\n');
    expect(body).toContain('balancer_node_ejections_total{node="a",cause="refused"} 1\n');
    const cluster = JSON.parse((await ask(`${balancer.adminUrl}/api/cluster`)).body);
    expect(cluster.nodes.map((node: { circuit: string }) => node.circuit)).toEqual([
      'open',
      'closed',
    ]);
  });

  test('counts a node that its health checks give up once', async () => {
    const a = closeAfterTest(await startNode('a'));
    const balancer = await balance([a]);
    const node = balancer.fleet.byLabel('a');
    if (node === undefined) throw new Error('it is there');
    for (const result of ['ready', 'failed', 'failed', 'failed', 'down'] as const) {
      balancer.fleet.checked(node, result, 0);
    }
    expect(node.stats.ejections.get('checks')).toBe(1);
  });

  test('shows a page that runs nothing but its own script', async () => {
    const balancer = await twoNodes();
    const page = await ask(balancer.adminUrl);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toMatch(
      /default-src 'none'.*script-src 'sha256-/,
    );
    expect(page.body).toContain('<td class="active">active');
  });
});

describe('the admin port with a token', () => {
  const adminToken = 'correct-horse-battery';
  const shown = { Authorization: `Bearer ${adminToken}` };

  async function guarded(host: string) {
    const a = closeAfterTest(await startNode('a'));
    const balancer = await balance([a], { adminToken, adminHost: host });
    return { balancer, admin: balancer.adminUrl.replace('0.0.0.0', '127.0.0.1') };
  }

  test.each<[string, string, string, Record<string, string>, number]>([
    ['health', 'GET', '/healthz', {}, 200],
    ['the view without it', 'GET', '/api/cluster', {}, 401],
    ['the view', 'GET', '/api/cluster', shown, 200],
    ['the view with another one', 'GET', '/api/cluster', { Authorization: 'Bearer x' }, 401],
    ['metrics without it', 'GET', '/metrics', {}, 401],
    ['metrics', 'GET', '/metrics', shown, 200],
    ['draining without it', 'POST', '/api/nodes/a/drain', XHR, 401],
    ['draining', 'POST', '/api/nodes/a/drain', { ...XHR, ...shown }, 202],
    ['draining as a form would', 'POST', '/api/nodes/a/drain', shown, 403],
    ['an unknown path without it', 'GET', '/nothing', {}, 401],
    ['health by another verb', 'POST', '/healthz', XHR, 404],
    ['a rebound name', 'GET', '/api/cluster', { ...shown, host: 'evil.example' }, 403],
  ])('%s: %s %s', async (_name, method, path, headers, status) => {
    for (const host of ['127.0.0.1', '0.0.0.0']) {
      const { balancer, admin } = await guarded(host);
      const answer = await ask(admin + path, { method, headers });
      expect(answer.status).toBe(status);
      const challenge = status === 401 ? 'Bearer realm="understudy-balancer"' : undefined;
      expect(answer.headers['www-authenticate']).toBe(challenge);
      const isDrained = balancer.fleet.byLabel('a')?.availability === 'draining';
      expect(isDrained).toBe(status === 202);
    }
  });

  test('shows a page that asks for it, and nothing of the cluster', async () => {
    const { admin } = await guarded('127.0.0.1');
    const page = await ask(admin);
    expect(page.status).toBe(401);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.body).toContain('type="password"');
    expect(page.body).not.toContain('<table>');
    expect((await ask(admin, { headers: shown })).body).toContain('<td class="active">active');
  });

  test.each<[object, string]>([
    [
      { adminHost: '0.0.0.0' },
      'adminToken is undefined, expected a token, because others can reach',
    ],
    [{ adminToken: 'too-short' }, 'adminToken is "…", expected 16 to 512 of'],
  ])('a start with %j is refused', async (options, message) => {
    await expect(balance([], options)).rejects.toThrow(message);
  });
});
