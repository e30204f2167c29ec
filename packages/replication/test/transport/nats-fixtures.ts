import { connect as connect3 } from '@nats-io/transport-node';
import { connect as connect2 } from 'nats';
import type { TransportFixture, TransportUnderTest } from '../../src/testing/index.js';
import { type NatsTransportOptions, natsTransport } from '../../src/transport/index.js';
import { SeverableProxy } from './severable-proxy.js';

/** How a transport is made for a bus at `address`; `release` closes what it does not close. */
export type Opening = (address: string) => Promise<{
  readonly options: NatsTransportOptions;
  readonly release: () => Promise<void>;
}>;

const silent = { warn: () => {} };
const foreign = { maxReconnectAttempts: -1, reconnectTimeWait: 20, reconnectJitter: 20 };

export const OPENINGS: Readonly<Record<string, Opening>> = {
  'own connections, one for each lane': async (servers) => ({
    options: { servers, logger: silent },
    release: async () => {},
  }),
  'own connection for all lanes': async (servers) => ({
    options: { servers, lanes: 'one', logger: silent },
    release: async () => {},
  }),
  'an open connection of transport-node 3': async (servers) => {
    const connection = await connect3({ servers, ...foreign });
    return { options: { connection, logger: silent }, release: () => connection.close() };
  },
  'an open noEcho connection of nats 2': async (servers) => {
    const connection = await connect2({ servers, ...foreign, noEcho: true });
    return { options: { connection, logger: silent }, release: () => connection.close() };
  },
  'three open connections of nats 2': async (servers) => {
    const [control, replication, bulk] = await Promise.all([
      connect2({ servers, ...foreign }),
      connect2({ servers, ...foreign }),
      connect2({ servers, ...foreign }),
    ]);
    return {
      options: { connections: { control, replication, bulk }, logger: silent },
      release: async () => {
        await Promise.all([control, replication, bulk].map((connection) => connection.close()));
      },
    };
  },
};

/** Transports on the bus at `port`, each behind a relay of its own that can be cut. */
export function natsFixture(port: number, opening: Opening): TransportFixture {
  const releases: (() => Promise<void>)[] = [];
  return {
    open: async (): Promise<TransportUnderTest> => {
      const proxy = await SeverableProxy.inFrontOf(port);
      const { options, release } = await opening(`127.0.0.1:${proxy.port}`);
      releases.push(release, () => proxy.cut());
      const transport = await natsTransport(options);
      return { transport, cut: () => proxy.cut(), mend: () => proxy.mend() };
    },
    close: async () => {
      for (const release of releases) await release();
    },
  };
}
