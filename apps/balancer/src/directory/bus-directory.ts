import type { KeyringEntry } from '../config/sections/bus.js';
import { BusError } from '../errors.js';
import { clusterDirectory } from './cluster-directory.js';
import type { NodeDirectory } from './node-directory.js';

export interface BusOptions {
  /** One or more `nats://host:port`, separated by commas. */
  readonly servers: string;
  /** Paths of files in PEM, read anew at each attempt to connect. `certFile` and `keyFile` go together. */
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  /** Name of the cluster on the bus. Default: the one nodes take by default. */
  readonly cluster: string | undefined;
  /** The cluster's keys, newest first, when it seals its messages. */
  readonly keyring: readonly KeyringEntry[] | undefined;
  /** While a keyring is introduced: messages that are not sealed are read, too. */
  readonly acceptPlain: boolean;
  /** Told while no bus can be reached at the start; later outages show as unchanged membership. */
  readonly onWaiting: (detail: string) => void;
}

/**
 * Finds the nodes on the cluster's bus; resolves when the bus is reached, however long that takes.
 * The engine is loaded here and not before, so that a fixed list of nodes needs no bus client.
 *
 * @throws BusError when the bus is there and cannot be used
 */
export async function busDirectory(options: BusOptions): Promise<NodeDirectory> {
  const { natsTransport, observeCluster } = await import('@understudy/replication');
  const transport = await natsTransport({
    tls: tlsOf(options),
    servers: options.servers.split(',').map((server) => server.trim()),
    // A few heartbeats a second: nothing here could hold up anything else.
    lanes: 'one',
    name: 'understudy-balancer',
    onWaiting: ({ servers, attempt, error }) => {
      const detail = `no bus at ${servers.join(', ')} (attempt ${attempt}): ${error.message}`;
      options.onWaiting(detail);
    },
  }).catch((error: unknown) => {
    throw new BusError({ cause: error });
  });
  const { cluster, keyring, acceptPlain } = options;
  const logger = { debug() {}, log() {}, warn: console.error, error: console.error };
  return clusterDirectory(
    await observeCluster({ transport, cluster, keyring, acceptPlain, logger }),
  );
}

/** Undefined where nothing was said, so that `tls://` alone decides. */
function tlsOf({ caFile, certFile, keyFile }: BusOptions) {
  const own = certFile && keyFile ? { certFile, keyFile } : undefined;
  return caFile || own ? { ...(caFile && { caFile }), ...own } : undefined;
}
