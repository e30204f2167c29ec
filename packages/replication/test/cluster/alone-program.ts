/** A script of its own: nothing but the start of a node, and nothing after it, keeps it alive. */
import { SessionCluster } from '../../src/node/session-cluster.js';
import { memoryTransport } from '../../src/transport/index.js';

/** Long enough that a process with nothing to wait for is gone. */
const ANSWER_MS = 300;

const transport = memoryTransport();
if (process.argv[2] === 'refused') {
  transport.flush = () =>
    new Promise((_, reject) => {
      setTimeout(() => reject(new Error('the bus is gone')), ANSWER_MS).unref();
    });
}

try {
  const cluster = await SessionCluster.start({ transport, node: { id: 'n1' } });
  console.log(`started: ${cluster.status().state}`);
} catch (error) {
  console.log(`not started: ${(error as Error).message}`);
}
