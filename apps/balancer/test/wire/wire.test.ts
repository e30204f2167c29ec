import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, test } from 'vitest';
import { findProgram } from '../../../../test/find-program.mjs';
import { balance } from '../support/bench.js';
import { refusingUrl } from '../support/upstream-node.js';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('.', import.meta.url));
const scenarios = readdirSync(folder).filter((file) => file.endsWith('.vtc'));
const varnishtest = findProgram('varnishtest');

/**
 * The scenarios bring their own nodes and clients, which know HTTP as somebody else wrote it. Each
 * gets the addresses of a balancer and of the nodes it is to play.
 */
describe.skipIf(varnishtest === null)('varnishtest', () => {
  test.each(scenarios)('%s', async (file) => {
    const path = `${folder}${file}`;
    const text = readFileSync(path, 'utf8');
    const labels = ['a', 'b'].filter((label) => text.includes(`\${node_${label}}`));
    const nodes = await Promise.all(
      labels.map(async (label) => ({ label, url: await refusingUrl() })),
    );
    const balancer = await balance(nodes);
    const macros = [
      `balancer=${addressOf(balancer.url)}`,
      ...nodes.map(({ label, url }) => `node_${label}=${addressOf(url)}`),
    ];
    const definitions = macros.flatMap((macro) => ['-D', macro]);
    try {
      await run(varnishtest as string, [...definitions, '-t', '15', path]);
    } catch (error) {
      throw new Error((error as { stdout?: string }).stdout ?? String(error));
    }
  });
});

/** varnishtest splits addresses at a space or a colon, and takes no URL. */
function addressOf(url: string): string {
  return new URL(url).host;
}
