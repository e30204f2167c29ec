import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { findProgram } from '../../../../test/find-program.mjs';
import type { EdgeOptions } from '../../src/export/edge-fleet.js';
import { exportEdge } from '../../src/export/export-edge.js';
import type { AffinityMethod } from '../../src/routing/affinity.js';
import type { Assignment } from '../../src/routing/assignment.js';
import { closeAfterTest } from '../support/bench.js';
import { wholeNginx } from './edge.js';
import { envoyFaults } from './schema/envoy.js';
import { kubernetesFaults } from './schema/kubernetes.js';

const PLACE = { separator: '.', field: -1 };
const METHODS: Record<string, AffinityMethod[]> = {
  none: [],
  cookie: [{ by: 'cookie' }],
  'app-cookie-suffix': [{ by: 'appCookie', name: 'JSESSIONID', mode: 'suffix', ...PLACE }],
  'app-cookie-hash': [{ by: 'appCookie', name: 'JSESSIONID', mode: 'hash', ...PLACE }],
  'app-cookie-learn': [{ by: 'appCookie', name: 'JSESSIONID', mode: 'learn', ...PLACE }],
  'header-suffix': [{ by: 'header', name: 'X-User', mode: 'suffix', ...PLACE }],
  'header-hash': [{ by: 'header', name: 'X-User', mode: 'hash', ...PLACE }],
  'param-suffix': [{ by: 'param', name: 'sid', mode: 'suffix', ...PLACE }],
  'param-hash': [{ by: 'param', name: 'sid', mode: 'hash', ...PLACE }],
  'client-ip': [{ by: 'clientIp' }],
  'tls-session': [{ by: 'tlsSession' }],
  'suffix-then-hash': [
    { by: 'appCookie', name: 'JSESSIONID', mode: 'suffix', ...PLACE },
    { by: 'header', name: 'X-User', mode: 'hash', ...PLACE },
  ],
  several: [
    { by: 'route' },
    { by: 'cookie' },
    { by: 'appCookie', name: 'JSESSIONID', mode: 'suffix', separator: '!!', field: 2 },
    { by: 'header', name: 'X-User', mode: 'hash', ...PLACE },
    { by: 'clientIp' },
  ],
};
const ASSIGNMENTS: Assignment[] = ['least-connections', 'round-robin', 'hash'];
const NODES = [
  { label: 'a', url: 'http://10.0.0.1:3000', weight: 2 },
  { label: 'any', url: 'http://[fd00::2]:3000' },
];
const SECRETS = ['the newest secret of this very test', 'an older secret, which is still read'];

/** What is written, or why nothing is. */
function written(kind: string, options: Partial<EdgeOptions>): string {
  try {
    return exportEdge(kind, { nodes: NODES, cookie: { secrets: SECRETS }, ...options });
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    expect(code).toBe('ERR_BALANCER_EXPORT');
    return `${message}\n`;
  }
}

/** What the real program says of a configuration, or what the API of its reader does not have. */
async function complaint(kind: string, text: string): Promise<string | undefined> {
  if (text.includes('cannot have')) return undefined;
  if (kind === 'envoy') return envoyFaults(parse(text)).join('\n');
  if (kind === 'k8s') return kubernetesFaults(parse(text)).join('\n');
  const program = findProgram(kind);
  if (program === null) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'understudy-check-'));
  closeAfterTest({ close: () => rm(folder, { recursive: true }) });
  const path = join(folder, 'edge.conf');
  await writeFile(path, kind === 'haproxy' ? text : wholeNginx(text, folder));
  const parameters =
    kind === 'haproxy'
      ? ['-c', '-f', path]
      : ['-t', '-q', '-p', folder, '-e', 'stderr', '-c', path];
  return promisify(execFile)(program, parameters).then(
    ({ stdout, stderr }) => `${stdout}${stderr}`.replace('Configuration file is valid\n', ''),
    (error: Error) => error.message,
  );
}

describe.each(['haproxy', 'nginx', 'envoy', 'k8s'])('for %s', (kind) => {
  const cases: [string, Partial<EdgeOptions>][] = [
    ...Object.entries(METHODS).map(([name, affinity]): [string, Partial<EdgeOptions>] => [
      name,
      { affinity },
    ]),
    ...ASSIGNMENTS.map((assignment): [string, Partial<EdgeOptions>] => [
      assignment,
      { affinity: [], assignment },
    ]),
  ];

  test.each(cases)(
    '%s is written as it was, or refused',
    async (name, options) => {
      const text = written(kind, options);
      await expect(text).toMatchFileSnapshot(`golden/methods/${kind}/${name}.txt`);
      expect((await complaint(kind, text)) ?? '').toBe('');
    },
    30_000,
  );

  test('a cookie that lasts is written so that it is taken', async () => {
    const cookie = { secrets: SECRETS, maxAge: 90_061 };
    const text = written(kind, { affinity: [{ by: 'cookie' }], cookie });
    expect(text).toMatch(/Max-Age=90061|"ttl": "90061s"|"25h1m1s"/);
    expect((await complaint(kind, text)) ?? '').toBe('');
  }, 30_000);

  test('the program takes the most and longest labels that there may be', async () => {
    const nodes = Array.from({ length: 32 }, (_, at) => ({
      label: String(at).padStart(32, 'x'),
      url: `http://10.0.0.${at + 1}`,
    }));
    const affinity = METHODS.several as AffinityMethod[];
    expect((await complaint(kind, written(kind, { nodes, affinity }))) ?? '').toBe('');
  }, 30_000);
});
