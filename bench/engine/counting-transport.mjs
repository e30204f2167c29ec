// @ts-check

/** @typedef {import('../../packages/replication/dist/index.js').Transport} Transport */
/** @typedef {import('../../packages/replication/dist/index.js').PublishOptions} PublishOptions */
/** @typedef {{ messages: number, bytes: number }} Sent */

/** Counts what a node hands to the bus: payloads only, not the lines NATS puts before them. */
export class CountingTransport {
  /** @type {Record<'control' | 'replication' | 'bulk', Sent>} */
  sent = {
    control: { messages: 0, bytes: 0 },
    replication: { messages: 0, bytes: 0 },
    bulk: { messages: 0, bytes: 0 },
  };

  #inner;

  /** @param {Transport} inner */
  constructor(inner) {
    this.#inner = inner;
  }

  get maxPayloadBytes() {
    return this.#inner.maxPayloadBytes;
  }

  /** @param {string} subject @param {Uint8Array} payload @param {PublishOptions} [options] */
  publish(subject, payload, options) {
    const sent = this.sent[options?.lane ?? 'control'];
    sent.messages++;
    sent.bytes += payload.byteLength;
    this.#inner.publish(subject, payload, options);
  }

  /** @type {Transport['subscribe']} */
  subscribe(subject, onMessage, options) {
    return this.#inner.subscribe(subject, onMessage, options);
  }

  flush() {
    return this.#inner.flush();
  }

  /** @type {Transport['onStatus']} */
  onStatus(listener) {
    return this.#inner.onStatus(listener);
  }

  close() {
    return this.#inner.close();
  }
}
