import type { Lane } from '../transport/transport.js';

export const LANES = ['control', 'replication', 'bulk'] as const satisfies readonly Lane[];

/** A process as the broker knows it. */
export interface Subscriber {
  readonly id: string;
  /** Stopped by a signal: its sockets fill up. */
  readonly paused: boolean;
  receive(bytes: Uint8Array): void;
  /** Nobody listens at that incarnation. */
  unreachable(incarnation: string): void;
  busChanged(connected: boolean): void;
}

/** One of the connections of a process; each is lost and replaced apart from the others. */
export interface LaneConnection {
  readonly owner: Connection;
  readonly lane: Lane;
  /** The broker and the client reach each other. */
  up: boolean;
  /** How often it was dialled: what was written before the last time is gone. */
  dial: number;
  /** The client has noticed that it is down. */
  noticed: boolean;
  /** The broker knows the subscriptions from then on; it may know them longer than the link lasts. */
  interestFromMs: number;
  /** When the last message left the client. */
  departedMs: number;
  /** Bytes in the sockets of a paused process, and what did not fit and waits in the broker. */
  waitingBytes: number;
  readonly kept: (() => void)[];
  /** By the broker, because it took nothing; the process does not know yet. */
  cutOff: boolean;
  /** What this connection publishes while the broker makes it wait for a slow subscriber. */
  stalled: (() => void)[] | undefined;
  /** Publishers that wait for this subscriber. */
  readonly stalling: Set<LaneConnection>;
}

export interface Connection {
  readonly subscriber: Subscriber;
  incarnation: string;
  closed: boolean;
  readonly lanes: Readonly<Record<Lane, LaneConnection>>;
}

export function makeConnection(subscriber: Subscriber, incarnation: string): Connection {
  const lanes = {} as Record<Lane, LaneConnection>;
  const connection: Connection = { subscriber, incarnation, closed: false, lanes };
  for (const lane of LANES) {
    lanes[lane] = {
      owner: connection,
      lane,
      up: true,
      dial: 1,
      noticed: false,
      interestFromMs: 0,
      departedMs: 0,
      waitingBytes: 0,
      kept: [],
      cutOff: false,
      stalled: undefined,
      stalling: new Set(),
    };
  }
  return connection;
}

export function lanesOf(connection: Connection): LaneConnection[] {
  return LANES.map((lane) => connection.lanes[lane]);
}
