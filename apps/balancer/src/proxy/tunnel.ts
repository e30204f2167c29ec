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
  readonly onClosed: () => void;
}

/**
 * Joins two sockets byte for byte after a protocol change. Each direction has its own back-pressure
 * and ends on its own; an error or silence on either side closes both. Returns how to cut it.
 */
export function openTunnel(options: TunnelOptions): () => void {
  const { client, node, early, head } = options;
  let closed = false;
  const cut = (): void => {
    if (closed) return;
    closed = true;
    clearTimeout(timer);
    client.destroy();
    node.destroy();
    options.onClosed();
  };
  let timer = setTimeout(cut, options.idleMs);
  const onTraffic = (): void => {
    timer.refresh();
  };
  const onHalfClosed = (): void => {
    clearTimeout(timer);
    if (!closed) timer = setTimeout(cut, options.halfClosedMs);
  };
  client.on('error', cut).once('close', cut);
  node.on('error', cut).once('close', cut);
  client.write(switchingProtocols(head), 'latin1');
  if (early.length > 0) node.write(early);
  join(client, node, onTraffic, onHalfClosed);
  join(node, client, onTraffic, onHalfClosed);
  return cut;
}

/** Moves one direction, and passes its end on behind everything before it. */
function join(from: Duplex, to: Duplex, onTraffic: () => void, onEnd: () => void): void {
  from.on('data', (chunk: Buffer) => {
    onTraffic();
    if (!to.destroyed && !to.write(chunk)) from.pause();
  });
  to.on('drain', () => {
    onTraffic();
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
