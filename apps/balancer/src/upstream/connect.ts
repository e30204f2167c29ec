import { connect, type Socket } from 'node:net';
import { ConnectTimeoutError } from '../errors.js';

const SOCKET_OPTIONS = {
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
  highWaterMark: 64 * 1024,
  // Tunnels end each direction on its own.
  allowHalfOpen: true,
};

/**
 * Opens a TCP connection with a deadline that holds to the millisecond; a node that is switched off
 * must cost its clients a second, not the minutes the kernel would try.
 *
 * The socket keeps an error listener for its whole life: a reset between two owners of the socket
 * would otherwise end the process.
 */
export function connectWithin(
  address: { readonly host: string; readonly port: number },
  timeoutMs: number,
  done: (error: Error | undefined, socket: Socket) => void,
): void {
  const socket = connect({ ...SOCKET_OPTIONS, ...address });
  let settled = false;
  const settle = (error: Error | undefined): void => {
    if (settled) return;
    settled = true;
    clearTimeout(timer);
    done(error, socket);
  };
  const timer = setTimeout(() => {
    const error = new ConnectTimeoutError(`${address.host}:${address.port}`, timeoutMs);
    settle(error);
    socket.destroy();
  }, timeoutMs);
  socket.once('connect', () => settle(undefined));
  socket.on('error', settle);
  socket.once('close', () => settle(new Error('connection closed while it was opened')));
}
