import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { natsTransport, SessionCluster } from '@understudy/replication';
import type { Certificate } from '../../../../test/certificate-authority.js';
import { findProgram } from '../../../../test/find-program.mjs';
import { closeAfterTest } from './bench.js';
import { startNode } from './upstream-node.js';

/** The program, where it is installed. */
export const NATS_SERVER = findProgram('nats-server') ?? undefined;

/** The real broker, on a port that was free a moment ago. */
export function startBroker(port: string, parameters: readonly string[] = []): void {
  const own = ['-a', '127.0.0.1', '-p', port, ...parameters];
  const broker = spawn(NATS_SERVER ?? '', own, { stdio: 'ignore' });
  const gone = once(broker, 'exit');
  closeAfterTest({
    close: async () => {
      broker.kill('SIGKILL');
      await gone;
    },
  });
}

/** Nodes that join the cluster `bt`. */
export async function startMembers(
  servers: string,
  ids: readonly string[],
  tls?: Certificate & { readonly caFile: string },
): Promise<void> {
  for (const id of ids) {
    const http = closeAfterTest(await startNode(id));
    const cluster = await SessionCluster.start({
      transport: await natsTransport({ servers, tls }),
      cluster: { name: 'bt' },
      node: { id, label: id, url: http.url },
      joinMs: 100,
    });
    closeAfterTest({ close: () => cluster.stop() });
  }
}
