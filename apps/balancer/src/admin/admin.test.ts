import { describe, expect, test } from 'vitest';
import type { BalancerNode } from '../directory/node-directory.js';
import { Counters } from '../metrics/counters.js';
import { NodeStats } from '../metrics/node-stats.js';
import { AdminToken, isLoopback } from './access.js';
import { clusterView } from './cluster-view.js';
import { FailoverLog } from './failover-log.js';
import { type GuardedRequest, refusalOf } from './guard.js';
import { renderPage } from './page.js';
import { renderMetrics } from './prometheus.js';

const NODE: BalancerNode = {
  id: 'node-1',
  label: 'n1',
  incarnation: 'node-1~x',
  url: 'http://127.0.0.1:3001',
  state: 'active',
  weight: 1,
  zone: undefined,
  pid: 42,
  sessionsOwned: 7,
  sessionsHeld: 3,
};

const UNEVEN = { sessions: 1.5, requests: undefined };

describe('who may use the admin port', () => {
  const read: GuardedRequest = {
    method: 'GET',
    host: '127.0.0.1:8081',
    origin: undefined,
    contentType: undefined,
    requestedWith: undefined,
  };
  const change: GuardedRequest = { ...read, method: 'POST', requestedWith: 'fetch' };

  test.each<[string, GuardedRequest, boolean]>([
    ['reading by address', read, true],
    ['reading by IPv6 address', { ...read, host: '[::1]:8081' }, true],
    ['reading by localhost', { ...read, host: 'localhost:8081' }, true],
    ['reading by the configured name', { ...read, host: 'admin.internal:8081' }, true],
    ['reading by a name that was rebound to us', { ...read, host: 'evil.example:8081' }, false],
    ['reading without Host', { ...read, host: undefined }, false],
    ['changing with X-Requested-With', change, true],
    [
      'changing with JSON',
      { ...change, requestedWith: undefined, contentType: 'application/json; charset=utf-8' },
      true,
    ],
    ['changing from our own page', { ...change, origin: 'http://127.0.0.1:8081' }, true],
    [
      'changing as a form would',
      { ...change, requestedWith: undefined, contentType: 'text/plain' },
      false,
    ],
    ['changing without a type', { ...change, requestedWith: undefined }, false],
    ['changing from another site', { ...change, origin: 'https://evil.example' }, false],
  ])('%s: %#', (_name, request, allowed) => {
    expect(refusalOf(request, 'admin.internal') === undefined).toBe(allowed);
  });
});

describe('the token', () => {
  const token = 'correct-horse-battery';

  test.each<[string | undefined, boolean]>([
    [`Bearer ${token}`, true],
    [`bearer   ${token} `, true],
    [undefined, false],
    ['', false],
    [token, false],
    ['Bearer', false],
    ['Bearer ', false],
    [`Bearer ${token}x`, false],
    [`Bearer ${token.slice(0, -1)}`, false],
    [`Bearer ${token} ${token}`, false],
    [`Basic ${token}`, false],
    [`Bearer ${token.toUpperCase()}`, false],
    [`Bearer ${'x'.repeat(7_000)}`, false],
  ])('Authorization: %s', (authorization, accepted) => {
    expect(new AdminToken(token).accepts(authorization)).toBe(accepted);
  });

  test.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['localhost', true],
    ['::ffff:127.0.0.1', true],
    ['0.0.0.0', false],
    ['::', false],
    ['10.0.0.1', false],
    ['127.0.0.1.example', false],
    ['localhost.example', false],
  ])('only this machine can connect to %s: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });
});

describe('the view of the cluster', () => {
  test('has the documented shape', () => {
    const failover = { at: 1, from: 'a', to: 'b', sessions: 2, tookMs: 3 };
    expect(
      clusterView(
        [{ facts: NODE, availability: 'up', circuitPhase: 'half-open' }],
        [failover],
        UNEVEN,
      ),
    ).toEqual({
      nodes: [
        {
          id: 'node-1',
          label: 'n1',
          pid: 42,
          url: 'http://127.0.0.1:3001',
          state: 'active',
          sessionsOwned: 7,
          sessionsHeld: 3,
          circuit: 'half-open',
        },
      ],
      failovers: [failover],
      imbalance: { sessions: 1.5, requests: null },
    });
  });

  test.each([
    ['active', 'up', 'active'],
    ['active', 'suspect', 'suspect'],
    ['active', 'draining', 'draining'],
    ['active', 'dead', 'dead'],
    ['draining', 'suspect', 'draining'],
    ['joining', 'draining', 'joining'],
  ] as const)('membership %s, seen as %s, is shown as %s', (state, availability, shown) => {
    const view = clusterView(
      [{ facts: { ...NODE, state }, availability, circuitPhase: 'closed' }],
      [],
      UNEVEN,
    );
    expect(view.nodes[0]?.state).toBe(shown);
  });

  test('remembers the latest failovers only', () => {
    const log = new FailoverLog(2);
    for (const at of [1, 2, 3]) log.add({ at, from: 'a', to: 'b', sessions: 1, tookMs: 1 });
    expect(log.list().map(({ at }) => at)).toEqual([2, 3]);
  });
});

describe('the page', () => {
  test('shows what the cluster says as text, never as markup', () => {
    const facts = { ...NODE, id: '"><script>', url: '<img src=x>' };
    const page = renderPage(
      clusterView([{ facts, availability: 'up', circuitPhase: 'closed' }], [], UNEVEN),
    );
    expect(page).not.toContain('<img');
    expect(page.match(/<script>/g)).toHaveLength(1);
  });

  test('says how uneven the nodes are used, and which workers there are', () => {
    const alone = renderPage(clusterView([], [], UNEVEN));
    expect(alone).toContain('sessions 1.50 &times; its share, no requests yet');
    expect(alone).not.toContain('Workers');
    const list = [{ pid: 7, state: 'ready', view: 3 } as const];
    const page = renderPage(clusterView([], [], UNEVEN, { list, deaths: 0 }));
    expect(page).toContain('<tr><td>7<td>ready<td class="number">3</tr>');
  });

  test('refreshes itself without script', () => {
    expect(renderPage(clusterView([], [], UNEVEN))).toContain(
      '<noscript><meta http-equiv="refresh" content="2"></noscript>',
    );
  });

  test('survives a failover with an impossible time', () => {
    const failover = { at: Number.NaN, from: 'a', to: 'b', sessions: 1, tookMs: 1 };
    expect(renderPage(clusterView([], [failover], UNEVEN))).toContain('<td>a<td>b');
  });
});

describe('metrics', () => {
  test('are in the text format, with every label from the start', () => {
    const counters = new Counters();
    counters.requests = 3;
    counters.retries.add('lost');
    const stats = new NodeStats();
    stats.requests = 4;
    stats.latency.add(2);
    stats.ejections.add('refused');
    const text = renderMetrics({
      counters,
      requestsInFlight: 1,
      tunnels: 0,
      imbalance: UNEVEN,
      nodes: [
        {
          facts: { ...NODE, label: 'a"b', sessionsOwned: 9 },
          availability: 'draining',
          circuitPhase: 'half-open',
          inFlight: 5,
          tunnels: 0,
          stats,
        },
      ],
    });
    expect(text).toContain('# TYPE understudy_balancer_requests_total counter\n');
    expect(text).toContain('\nunderstudy_balancer_requests_total 3\n');
    expect(text).toContain('understudy_balancer_retries_total{reason="lost"} 1\n');
    expect(text).toContain('understudy_balancer_retries_total{reason="unreachable"} 0\n');
    expect(text).toContain('understudy_balancer_failovers_total{landed="holder"} 0\n');
    expect(text).toContain('understudy_balancer_node_requests_in_flight{node="a\\"b"} 5\n');
    expect(text).toContain('{node="a\\"b",availability="draining"} 1\n');
    expect(text).toContain('understudy_balancer_failover_holder_ratio NaN\n');
    expect(text).toContain('{node="a\\"b",phase="half-open"} 1\n');
    expect(text).toContain('understudy_balancer_imbalance{of="sessions"} 1.5\n');
    expect(text).toContain('understudy_balancer_imbalance{of="requests"} NaN\n');
    expect(text).toContain('understudy_balancer_node_requests_total{node="a\\"b"} 4\n');
    expect(text).toContain('_latency_seconds_bucket{node="a\\"b",le="0.001"} 0\n');
    expect(text).toContain('_latency_seconds_bucket{node="a\\"b",le="0.0025"} 1\n');
    expect(text).toContain('_latency_seconds_sum{node="a\\"b"} 0.002\n');
    expect(text).toContain('_ejections_total{node="a\\"b",cause="refused"} 1\n');
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(/^(?:# (?:HELP|TYPE) .+|[a-z_]+(?:\{.*\})? (?:\d+(?:\.\d+)?|NaN))$/);
    }
  });
});
