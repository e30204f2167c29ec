import type { Socket } from 'node:net';
import { type ProxyHeader, parseProxyHeader } from './proxy-protocol.js';

/**
 * Reads the header off the beginning of a connection and leaves what follows unread. Calls back
 * once, with undefined for a header that is none; never when the connection is closed before.
 */
export function readProxyHeader(
  socket: Socket,
  maxBytes: number,
  done: (header: ProxyHeader | undefined) => void,
): void {
  let read: Buffer = Buffer.alloc(0);
  // A port that is only looked at whether it is open. Our half would stay open otherwise.
  const onEnd = (): void => void socket.destroy();
  const onData = (chunk: Buffer): void => {
    read = read.length === 0 ? chunk : Buffer.concat([read, chunk]);
    const parsed = parseProxyHeader(read, maxBytes);
    if (parsed === 'more') return;
    socket.removeListener('data', onData).removeListener('end', onEnd);
    socket.pause();
    const isHeader = parsed !== 'malformed';
    if (isHeader && read.length > parsed.length) socket.unshift(read.subarray(parsed.length));
    done(isHeader ? parsed : undefined);
  };
  socket.on('data', onData).once('end', onEnd);
}
