import { describe, expect, test } from 'vitest';
import type { EdgeOptions } from './edge-fleet.js';
import { exportEdge } from './export-edge.js';

const NODES = [
  { label: 'a', url: 'http://127.0.0.1:3001' },
  { label: 'b_2', url: 'http://[::1]:3002', weight: 3 },
];
const KINDS = ['haproxy', 'nginx', 'envoy', 'k8s'] as const;

/** Without the comment at the top, which YAML has and JSON has not. */
const parsed = (text: string) => JSON.parse(text.replace(/^#.*\n/gm, ''));

describe('a configuration', () => {
  test.each(KINDS)('for %s names every node and where clients connect', (kind) => {
    const text = exportEdge(kind, { nodes: NODES, listen: '*:8443' });
    if (kind === 'k8s') return expect(parsed(text).items[1].spec.replicas).toBe(2);
    expect(text).toMatch(/127\.0\.0\.1/);
    expect(text).toContain('b_2');
    return expect(text).toContain('8443');
  });

  test('for haproxy has weights and brackets around IPv6', () => {
    expect(exportEdge('haproxy', { nodes: NODES })).toMatch(
      /server b_2 \[::1\]:3002 id \d+ weight 3\n/,
    );
  });

  test('for nginx from 1.29.6 on uses sticky route, and says that it was not run', () => {
    const text = exportEdge('nginx', { nodes: NODES, nginxVersion: '1.29.6' });
    expect(text).toContain('sticky route $understudy_owner;');
    expect(text).toContain('has not been run');
    for (const older of ['1.22', '1.29.5', '0.30.7']) {
      const paired = exportEdge('nginx', { nodes: NODES, nginxVersion: older });
      expect(paired).toContain('upstream understudy.a.b_2 {');
      expect(paired).not.toContain('sticky');
    }
  });

  test('for nginx of one node has no pairs', () => {
    const text = exportEdge('nginx', { nodes: NODES.slice(0, 1) });
    expect(text.match(/^upstream \S+/gm)).toEqual([
      'upstream understudy-any',
      'upstream understudy.a',
    ]);
  });

  test('for Envoy is a bootstrap whose endpoints carry their label', () => {
    const { listeners, clusters } = parsed(exportEdge('envoy', { nodes: NODES })).static_resources;
    expect(listeners[0].address.socket_address).toEqual({ address: '127.0.0.1', port_value: 8080 });
    const endpoints = clusters[0].load_assignment.endpoints[0].lb_endpoints;
    expect(endpoints[1]).toEqual({
      endpoint: { address: { socket_address: { address: '::1', port_value: 3002 } } },
      load_balancing_weight: 3,
      metadata: { filter_metadata: { 'envoy.lb': { node: 'b_2' } } },
    });
    const [manager] = listeners[0].filter_chains[0].filters;
    const [metadata] = manager.typed_config.http_filters;
    const { pattern, substitution } =
      metadata.typed_config.request_rules[0].on_header_present.regex_value_rewrite;
    const labelOf = (cookie: string): string =>
      cookie.replace(new RegExp(pattern.regex), substitution.replace('\\1', '$1'));
    expect(labelOf('x=1; sid-route=v1.b_2.a.1.7.mac; y=2')).toBe('b_2');
    expect(labelOf('__Host-sid-route=v1.a.1.7.mac')).toBe('a');
    expect(labelOf('xsid-route=v1.a.1.7.mac')).toBe('xsid-route=v1.a.1.7.mac');
  });

  test('for Kubernetes waits for readiness and takes one node at a time', () => {
    const { items } = parsed(exportEdge('k8s', { nodes: NODES }));
    expect(items.map(({ kind }: { kind: string }) => kind)).toEqual([
      'Service',
      'StatefulSet',
      'PodDisruptionBudget',
      'HTTPRoute',
    ]);
    const [container] = items[1].spec.template.spec.containers;
    expect(container.readinessProbe.httpGet).toEqual({ path: '/healthz', port: 3001 });
    expect(items[2].spec.maxUnavailable).toBe(1);
  });
});

describe('what cannot be expressed is refused', () => {
  const [node] = NODES as [(typeof NODES)[0]];

  test.each<[string, Partial<EdgeOptions>, RegExp]>([
    ['no node', { nodes: [] }, /number of nodes is 0/],
    ['too many nodes', { nodes: Array(33).fill(node) }, /1 to 32/],
    ['a label twice', { nodes: [node, node] }, /label is "a", expected a label of its own/],
    ['a label with a space', { nodes: [{ ...node, label: 'a b' }] }, /label is "a b"/],
    ['a label with a line end', { nodes: [{ ...node, label: 'a\nb' }] }, /label is/],
    ['https', { nodes: [{ ...node, url: 'https://x' }] }, /url of a is "https:\/\/x"/],
    ['a path', { nodes: [{ ...node, url: 'http://x/y' }] }, /expected http:\/\/host:port/],
    ['no URL', { nodes: [{ ...node, url: 'x;}' }] }, /url of a/],
    ['a host with a quote', { nodes: [{ ...node, url: 'http://x"y' }] }, /url of a/],
    ['a fractional weight', { nodes: [{ ...node, weight: 0.5 }] }, /weight of a is 0.5/],
    ['a listener with more', { listen: '*:80; include x' }, /listen is/],
    ['a version with more', { nginxVersion: '1.22; x' }, /nginxVersion is/],
  ])('%s', (_name, options, message) => {
    expect(() => exportEdge('nginx', { nodes: NODES, ...options })).toThrow(message);
  });

  test('another kind of proxy', () => {
    expect(() => exportEdge('constructor', { nodes: NODES })).toThrow(/haproxy, nginx, envoy, k8s/);
  });
});
