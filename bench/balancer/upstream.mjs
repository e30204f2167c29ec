// @ts-check
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../scripts/cluster/find-program.mjs';
import { ManagedProcess } from '../../scripts/cluster/managed-process.mjs';
import { waitFor } from '../../scripts/cluster/wait-for.mjs';
import { freePort } from './free-port.mjs';

/** As a cart of four articles is. */
export const ANSWER = JSON.stringify({
  items: ['ghost-light', 'cue-light', 'gaffer-tape', 'prompt-book'].map((sku, index) => ({
    sku,
    name: `Article number ${index}`,
    quantity: index + 1,
  })),
});

const NODES = 3;
const START_MS = 10_000;

/**
 * @typedef {object} Upstream
 * @property {readonly number[]} ports  One for each node; all answer alike.
 * @property {number} pid
 * @property {() => Promise<unknown>} stop
 */

/**
 * Three nodes that cost next to nothing, so that what is measured is whoever stands before them.
 *
 * @param {string} directory
 * @returns {Promise<Upstream>}
 */
export async function startUpstream(directory) {
  const ports = await Promise.all(Array.from({ length: NODES }, () => freePort()));
  const server = await startNginx(directory, 'upstream', [
    'server {',
    ...ports.map((port) => `  listen 127.0.0.1:${port};`),
    '  keepalive_requests 100000000; keepalive_timeout 300s;',
    '  location = /healthz { return 200; }',
    `  location / { default_type application/json; return 200 '${ANSWER}'; }`,
    '}',
  ]);
  await answering(ports);
  return { ports, pid: server.pid, stop: () => server.stop(1_000) };
}

/**
 * One process, without a master.
 *
 * @param {string} directory
 * @param {string} name
 * @param {readonly string[]} http  Lines of its http block.
 */
export async function startNginx(directory, name, http) {
  const program = findProgram('nginx');
  if (program === null) throw new Error('nginx is not installed');
  const path = (/** @type {string} */ suffix) => join(directory, `${name}${suffix}`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  writeFileSync(
    path('.conf'),
    [
      'daemon off; master_process off; worker_processes 1;',
      `pid ${path('.pid')}; error_log ${path('.log')} crit;`,
      'events { worker_connections 4096; }',
      'http {',
      'access_log off;',
      ...temporary.map((kind) => `${kind}_temp_path ${path(`-${kind}`)};`),
      ...http,
      '}',
    ].join('\n'),
  );
  return new ManagedProcess({
    name,
    command: program,
    args: ['-c', path('.conf'), '-p', directory, '-e', path('.log')],
    ownGroup: true,
  });
}

/** @param {readonly number[]} ports */
export async function answering(ports) {
  for (const port of ports) {
    const answers = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
      return (await response?.text()) === ANSWER;
    };
    await waitFor(`an answer of port ${port}`, answers, { deadlineMs: START_MS });
  }
}
