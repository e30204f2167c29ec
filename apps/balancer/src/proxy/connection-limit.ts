import cluster from 'node:cluster';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

interface Count {
  open: number;
  limit: number;
}

const counts = new WeakMap<Server, Count>();

/** Bounds the open connections of a server, in each process; may be called again with another bound. */
export function limitConnections(server: Server, limit: number): void {
  if (!cluster.isWorker) {
    server.maxConnections = limit;
    return;
  }
  // What a worker does not accept the cluster module offers to the next one, and when all are full
  // does nothing else any more. So everything is accepted, and what is too much closed.
  const known = counts.get(server);
  if (known !== undefined) known.limit = limit;
  else counts.set(server, countConnections(server, limit));
}

function countConnections(server: Server, limit: number): Count {
  const count: Count = { open: 0, limit };
  server.prependListener('connection', (socket: Socket) => {
    count.open++;
    socket.once('close', () => count.open--);
    if (count.open > count.limit) socket.destroy();
  });
  return count;
}
