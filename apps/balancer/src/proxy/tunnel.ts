import type { Duplex } from 'node:stream';
import type { UpstreamHead } from '../upstream/upstream.js';
import { forwardedResponseHeaders } from './response-headers.js';

export interface TunnelOptions {
  readonly client: Duplex;
  readonly node: Duplex;
  /** Bytes the client sent right behind its request. */
  readonly early: Buffer;
  readonly head: UpstreamHead;
  readonly idleMs: number;
  readonly halfClosedMs: number;
  /** Called once, when both directions are closed. */
  readonly onClosed: (end: TunnelEnd) => void;
}

/** How a tunnel ended, and what it carried in each direction. */
export interface TunnelEnd {
  /** `closed`: by its ends, `idle`: neither said anything for too long, `cut`: the balancer stops. */
  readonly by: 'closed' | 'idle' | 'cut';
  readonly clientBytes: number;
  readonly nodeBytes: number;
}

/**
 * Joins two sockets byte for byte after a protocol change. Each direction has its own back-pressure
 * and ends on its own; an error or silence on either side closes both. Returns how to cut it.
 */
export function openTunnel(options: TunnelOptions): () => void {
  const { client, node, early, head } = options;
  let closed = false;
  let [clientBytes, nodeBytes] = [0, 0];
  const end = (by: TunnelEnd['by']): void => {
    if (closed) return;
    closed = true;
    clearTimeout(timer);
    client.destroy();
    node.destroy();
    options.onClosed({ by, clientBytes, nodeBytes });
  };
  const onIdle = (): void => end('idle');
  const onClose = (): void => end('closed');
  let timer = setTimeout(onIdle, options.idleMs);
  const onHalfClosed = (): void => {
    clearTimeout(timer);
    if (!closed) timer = setTimeout(onIdle, options.halfClosedMs);
  };
  client.on('error', onClose).once('close', onClose);
  node.on('error', onClose).once('close', onClose);
  client.write(switchingProtocols(head), 'latin1');
  if (early.length > 0) node.write(early);
  const onClientBytes = (count: number): void => {
    clientBytes += count;
    timer.refresh();
  };
  const onNodeBytes = (count: number): void => {
    nodeBytes += count;
    timer.refresh();
  };
  join(client, node, onClientBytes, onHalfClosed);
  join(node, client, onNodeBytes, onHalfClosed);
  return () => end('cut');
}

/** Moves one direction, and passes its end on behind everything before it. */
function join(
  from: Duplex,
  to: Duplex,
  onTraffic: (bytes: number) => void,
  onEnd: () => void,
): void {
  from.on('data', (chunk: Buffer) => {
    onTraffic(chunk.length);
    if (!to.destroyed && !to.write(chunk)) from.pause();
  });
  to.on('drain', () => {
    onTraffic(0);
    from.resume();
  });
  from.once('end', () => {
    to.end();
    onEnd();
  });
  from.resume();
}

function switchingProtocols(head: UpstreamHead): string {
  const fields = forwardedResponseHeaders(head.headers);
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket'];
  for (let i = 0; i < fields.length; i += 2) lines.push(`${fields[i]}: ${fields[i + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}
