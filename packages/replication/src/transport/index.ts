export {
  type EmbeddedBusProcess,
  type EmbeddedBusProcessOptions,
  embeddedBus,
} from './embedded/bus-process.js';
export {
  type EmbeddedBus,
  type EmbeddedBusOptions,
  startEmbeddedBus,
} from './embedded/embedded-bus.js';
export type { MemoryBus } from './memory-bus.js';
export {
  createMemoryBus,
  type MemoryTransport,
  type MemoryTransportOptions,
  memoryTransport,
} from './memory-transport.js';
export { natsTransport } from './nats/connect.js';
export type {
  NatsAuthenticator,
  NatsConnectionOptions,
  NatsServerOptions,
  NatsTlsOptions,
  NatsTransportOptions,
  NatsWaiting,
} from './nats/nats-options.js';
export type { NatsConnectionLike } from './nats/official-client.js';
export type {
  Lane,
  PublishOptions,
  Transport,
  TransportMessage,
  TransportStatus,
  TransportSubscription,
} from './transport.js';
export type { TransportLogger } from './transport-logger.js';
