import assert from 'node:assert/strict';
import type { Lane, Transport, TransportMessage } from '../../transport/transport.js';

/** A transport of the kind under test, and pliers for its cable. */
export interface TransportUnderTest {
  readonly transport: Transport;
  /** Takes the bus away from this transport and from no other. */
  readonly cut?: (() => Promise<void>) | undefined;
  /** Gives the bus back. */
  readonly mend?: (() => Promise<void>) | undefined;
}

export interface CuttableTransport extends TransportUnderTest {
  readonly cut: () => Promise<void>;
  readonly mend: () => Promise<void>;
}

/** A bus of its own for one case. */
export interface TransportFixture {
  /** Resolves with a further connected transport on the same bus. */
  open(): Promise<TransportUnderTest>;
  /** Takes the bus down, after the transports were closed. */
  close(): Promise<void>;
}

/** What a case works with. */
export interface TransportRig {
  open(): Promise<Transport>;
  openCuttable(): Promise<CuttableTransport>;
}

export type TransportCases = Readonly<Record<string, (rig: TransportRig) => Promise<void>>>;

export const LANES: readonly Lane[] = ['control', 'replication', 'bulk'];

const DEADLINE_MS = 10_000;
const POLL_MS = 2;

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (payload: Uint8Array): string => new TextDecoder().decode(payload);

export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!condition()) {
    assert(performance.now() < deadline, `waited ${DEADLINE_MS} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Subscribes, waits until the bus knows, and keeps what arrives. */
export async function collect(
  transport: Transport,
  subject: string,
  lane: Lane = 'control',
): Promise<{ readonly messages: TransportMessage[]; texts(): string[]; unsubscribe(): void }> {
  const messages: TransportMessage[] = [];
  const { unsubscribe } = transport.subscribe(subject, (message) => messages.push(message), {
    lane,
  });
  await transport.flush();
  return { messages, texts: () => messages.map(({ payload }) => text(payload)), unsubscribe };
}
