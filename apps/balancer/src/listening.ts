import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListenError } from './errors.js';
import { hostAndPort } from './host-and-port.js';

/** Resolves when the port is open. Throws `ListenError` when it cannot be. */
export function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(new ListenError(`${host}:${port}`, { cause })));
    server.listen(port, host, resolve);
  });
}

/** Idempotent; cuts whatever connection is still open. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

export function urlOf(server: Server, host: string, protocol: 'http' | 'https' = 'http'): string {
  const { port } = server.address() as AddressInfo;
  return `${protocol}://${hostAndPort(host, port)}`;
}
