// @ts-check
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../../scripts/cluster/find-program.mjs';
import { ManagedProcess } from '../../scripts/cluster/managed-process.mjs';
import { PROGRAMS } from '../../scripts/cluster/paths.mjs';
import { BALANCER_READY_LINE } from '../../scripts/cluster/programs.mjs';
import { freePort } from './free-port.mjs';
import { answering, startNginx } from './upstream.mjs';

/**
 * @typedef {object} Target
 * @property {string} name
 * @property {number} port
 * @property {number} pid  Whose processor time counts.
 * @property {() => Promise<unknown>} stop
 *
 * @typedef {{ directory: string, ports: readonly number[] }} Setting
 */

const STOP_MS = 2_000;

/** What stands between the load and the nodes, by name. `direct`: nothing. */
export const TARGETS = {
  direct,
  haproxy,
  nginx,
  understudy,
  'http-proxy-3': nodeProxy('http-proxy-3'),
  '@fastify/http-proxy': nodeProxy('fastify-http-proxy'),
  'fast-proxy': nodeProxy('fast-proxy'),
};

/** @param {Setting} setting @returns {Promise<Target>} */
async function direct({ ports }) {
  const [port = 0] = ports;
  return { name: 'direct', port, pid: -1, stop: async () => {} };
}

/** One thread; affinity by the suffix of the cookie, as it is done for Tomcat and PHP-FPM.
 * @param {Setting} setting @returns {Promise<Target>} */
async function haproxy({ directory, ports }) {
  const program = findProgram('haproxy');
  if (program === null) throw new Error('haproxy is not installed');
  const port = await freePort();
  const config = join(directory, 'haproxy.cfg');
  writeFileSync(
    config,
    [
      'global',
      '  nbthread 1',
      'defaults',
      '  mode http',
      '  timeout connect 2s',
      '  timeout client 60s',
      '  timeout server 60s',
      '  option forwardfor',
      'frontend front',
      `  bind 127.0.0.1:${port}`,
      '  default_backend nodes',
      'backend nodes',
      '  balance leastconn',
      '  http-reuse always',
      '  option httpchk GET /healthz',
      '  cookie node insert indirect nocache',
      ...ports.map(
        (node, index) => `  server n${index + 1} 127.0.0.1:${node} check cookie n${index + 1}`,
      ),
      '',
    ].join('\n'),
  );
  const child = new ManagedProcess({
    name: 'haproxy',
    command: program,
    args: ['-f', config, '-db'],
  });
  return started('haproxy', port, child);
}

/** One worker. @param {Setting} setting @returns {Promise<Target>} */
async function nginx({ directory, ports }) {
  const port = await freePort();
  const child = await startNginx(directory, 'front', [
    `upstream nodes { least_conn; ${ports.map((node) => `server 127.0.0.1:${node};`).join(' ')} keepalive 64; keepalive_requests 100000000; }`,
    'server {',
    `  listen 127.0.0.1:${port}; keepalive_requests 100000000;`,
    '  location / {',
    '    proxy_pass http://nodes; proxy_http_version 1.1; proxy_set_header Connection "";',
    '    proxy_set_header X-Forwarded-For $remote_addr;',
    '  }',
    '}',
  ]);
  return started('nginx', port, child);
}

/** @param {Setting} setting @returns {Promise<Target>} */
async function understudy({ ports }) {
  const child = new ManagedProcess({
    name: 'balancer',
    command: process.execPath,
    args: [PROGRAMS.balancer],
    env: {
      NODE_ENV: 'production',
      PORT: '0',
      ADMIN_PORT: '0',
      BALANCER_NODES: ports
        .map((node, index) => `n${index + 1}=http://127.0.0.1:${node}`)
        .join(','),
    },
  });
  const [, url = ''] = await child.waitForLine(BALANCER_READY_LINE);
  return started('understudy', Number(new URL(url).port), child);
}

/** @param {string} file @returns {(setting: Setting) => Promise<Target>} */
function nodeProxy(file) {
  return async ({ ports }) => {
    const port = await freePort();
    const main = fileURLToPath(new URL(`./proxies/${file}.mjs`, import.meta.url));
    const child = new ManagedProcess({
      name: file,
      command: process.execPath,
      args: [main, String(port), String(ports[0])],
      env: { NODE_ENV: 'production' },
    });
    return started(file === 'fastify-http-proxy' ? '@fastify/http-proxy' : file, port, child);
  };
}

/**
 * @param {string} name
 * @param {number} port
 * @param {ManagedProcess} child
 * @returns {Promise<Target>}
 */
async function started(name, port, child) {
  await answering([port]);
  return { name, port, pid: child.pid, stop: () => child.stop(STOP_MS) };
}
