import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { FleetNode } from '../fleet.js';
import type { ExchangeReport } from '../proxy/exchange-report.js';
import { lineOfExchange, lineOfRefusal, pathOf } from './access-line.js';
import { terminationOf } from './termination.js';

const node = (label: string): FleetNode => ({ label }) as FleetNode;

const REPORT: ExchangeReport = {
  request: {
    method: 'POST',
    url: '/cart/items?token=QUERY',
    headers: { cookie: 'sid=COOKIE', authorization: 'Bearer CREDENTIAL' },
    rawHeaders: ['Cookie', 'sid=COOKIE', 'Idempotency-Key', '"KEY"'],
  } as IncomingMessage,
  connection: { address: '10.0.0.1', protocol: 'https', tlsSessionId: 'TLSID' },
  route: { kind: 'session', holders: ['HOLDER'], ranked: [] } as never,
  owner: 'up',
  node: node('b'),
  status: 201,
  cause: 'complete',
  problem: undefined,
  reason: undefined,
  attempts: 2,
  failed: [{ node: node('a'), failure: 'unreachable', blamed: true }],
  startedAtMs: 1_000,
  failedAtMs: 1_001,
  endedAtMs: 1_012.3456,
  firstByteMs: 9.87654,
  bodyBytes: 7,
};

describe('a line', () => {
  test('has what an operator needs, with the time at which the request came', () => {
    const line = lineOfExchange(REPORT, Date.UTC(2026, 0, 2, 3, 4, 5, 100));
    expect(line.endsWith('}\n')).toBe(true);
    expect(JSON.parse(line)).toEqual({
      time: '2026-01-02T03:04:05.087Z',
      address: '10.0.0.1',
      method: 'POST',
      path: '/cart/items',
      status: 201,
      bytes: 7,
      node: 'b',
      attempts: 2,
      cause: 'complete',
      firstByteMs: 9.877,
      totalMs: 12.346,
      failed: ['a unreachable'],
    });
  });

  test('has nothing that gives anybody away', () => {
    const line = lineOfExchange(REPORT, 0);
    expect(line).not.toMatch(/QUERY|COOKIE|CREDENTIAL|KEY|TLSID|HOLDER/);
  });

  test('tells little of what could not be read as a request', () => {
    const line = lineOfRefusal(
      { request: undefined, connection: REPORT.connection, status: 400, problem: 'bad-request' },
      0,
    );
    expect(JSON.parse(line)).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      address: '10.0.0.1',
      status: 400,
      bytes: 0,
      attempts: 0,
      cause: 'refused',
    });
  });

  test('is one line in ASCII and fits into a pipe, whatever was asked for', () => {
    const url = `/"\\\n\u00ff\u0000${'"'.repeat(100_000)}`;
    const request = { method: 'G\nT'.repeat(1_000), url } as IncomingMessage;
    const line = lineOfExchange({ ...REPORT, request }, 0);
    expect(line).toMatch(/^[\x20-\x7e]+\n$/);
    expect(line.length).toBeLessThan(4_096);
  });
});

test.each<[string | undefined, string | undefined]>([
  ['/', '/'],
  ['/a/b?c=d', '/a/b'],
  ['/a;jsessionid=SECRET?x', '/a'],
  ['/a;v=1/b', '/a'],
  ['/a#b', '/a'],
  ['*', '*'],
  ['http://user:SECRET@host/a?b', '/a'],
  ['http://host', '/'],
  ['user:SECRET@host:443', undefined],
  ['SECRET', undefined],
  [undefined, undefined],
  [`/${'x'.repeat(2_000)}?q`, `/${'x'.repeat(1_023)}`],
])('of the target %s the path %s is shown', (target, path) => {
  expect(pathOf(target)).toBe(path);
});

test.each([
  [{ cause: 'complete' }, 'complete'],
  [{ cause: 'truncated' }, 'upstream-cut'],
  [{ cause: 'client-gone' }, 'client-abort'],
  [{ cause: 'problem', problem: 'upstream-timeout', status: 504 }, 'timeout-first-byte'],
  [
    { cause: 'problem', problem: 'upstream-timeout', status: 504, reason: 'total-timeout' },
    'timeout-total',
  ],
  [{ cause: 'problem', problem: 'rate-limited', status: 429 }, 'rate-limited'],
  [{ cause: 'problem', problem: 'bad-request', status: 408 }, 'timeout-request'],
  [{ cause: 'problem', problem: 'bad-request', status: 413 }, 'refused'],
  [{ cause: 'problem' }, 'balancer-failed'],
] as const)('%j ends as %s', (end, termination) => {
  expect(terminationOf({ problem: undefined, status: undefined, ...end })).toBe(termination);
});
