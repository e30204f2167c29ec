import assert from 'node:assert/strict';
import { MessageTooLargeError, TransportClosedError } from '../../errors.js';
import type { TransportStatus } from '../../transport/transport.js';
import { bytes, collect, LANES, type TransportCases, until } from './rig.js';

/** More than the buffers of a socket take at once. */
const FAREWELLS = 40;
const FAREWELL_BYTES = 250_000;

export const lifecycleCases: TransportCases = {
  'flush resolves when the bus knows the subscriptions, on every lane': async (rig) => {
    const [sender, receiver] = [await rig.open(), await rig.open()];
    for (let round = 0; round < 20; round += 1) {
      const seen: string[] = [];
      for (const lane of LANES) {
        receiver.subscribe(`flushed.${round}.${lane}`, () => seen.push(lane), { lane });
      }
      await receiver.flush();
      for (const lane of LANES) sender.publish(`flushed.${round}.${lane}`, bytes('x'), { lane });
      await until('one message on each lane', () => seen.length === LANES.length);
    }
  },

  'a status listener hears the present status at once': async (rig) => {
    const transport = await rig.open();
    const heard: TransportStatus[] = [];
    transport.onStatus((status) => heard.push(status));
    assert.deepEqual(heard, [{ kind: 'connected' }]);
  },

  'closing is told once to those who still listen, and later to those who ask': async (rig) => {
    const transport = await rig.open();
    const heard: string[] = [];
    const left: string[] = [];
    transport.onStatus(() => {
      throw new Error('a fault of the application, planted by the conformance suite');
    });
    transport.onStatus(({ kind }) => heard.push(kind));
    transport.onStatus(({ kind }) => left.push(kind)).unsubscribe();
    await transport.close();
    assert.deepEqual(heard, ['connected', 'closed']);
    assert.deepEqual(left, ['connected']);
    const late: TransportStatus[] = [];
    transport.onStatus((status) => late.push(status));
    assert.deepEqual(
      late.map((status) => [status.kind, 'cause' in status ? status.cause : undefined]),
      [['closed', undefined]],
    );
  },

  'a payload of maxPayloadBytes passes and one byte more is refused': async (rig) => {
    const [sender, receiver] = [await rig.open(), await rig.open()];
    const inbox = await collect(receiver, 'size');
    const max = sender.maxPayloadBytes;
    assert.ok(Number.isSafeInteger(max) && max >= 1024, `maxPayloadBytes is ${max}`);
    assert.throws(
      () => sender.publish('size', new Uint8Array(max + 1)),
      (error) =>
        error instanceof MessageTooLargeError && error.bytes === max + 1 && error.maxBytes === max,
    );
    sender.publish('size', new Uint8Array(max));
    await until('the largest message', () => inbox.messages.length === 1);
    assert.equal(inbox.messages[0]?.payload.byteLength, max);
  },

  'close sends what was published before, on every lane': async (rig) => {
    const [sender, receiver] = [await rig.open(), await rig.open()];
    const inbox = await collect(receiver, 'farewell');
    const large = new Uint8Array(FAREWELL_BYTES);
    for (const lane of LANES) {
      for (let count = 0; count < FAREWELLS; count += 1)
        sender.publish('farewell', large, { lane });
    }
    await sender.close();
    await until('all farewells', () => inbox.messages.length === FAREWELLS * LANES.length);
  },

  'close is idempotent, also while it runs': async (rig) => {
    const transport = await rig.open();
    await Promise.all([transport.close(), transport.close()]);
    await transport.close();
  },

  'a closed transport refuses work': async (rig) => {
    const transport = await rig.open();
    const subscription = transport.subscribe('late', () => {});
    const closing = transport.close();
    assert.throws(() => transport.publish('late', bytes('x')), TransportClosedError);
    await closing;
    assert.throws(() => transport.publish('late', bytes('x')), TransportClosedError);
    assert.throws(() => transport.subscribe('late', () => {}), TransportClosedError);
    await assert.rejects(transport.flush(), TransportClosedError);
    subscription.unsubscribe();
  },

  'a closed transport receives nothing': async (rig) => {
    const [sender, closed, open] = [await rig.open(), await rig.open(), await rig.open()];
    const silent = await collect(closed, 'after');
    const witness = await collect(open, 'after');
    await closed.close();
    sender.publish('after', bytes('x'));
    await until('the witness', () => witness.messages.length === 1);
    assert.equal(silent.messages.length, 0);
  },
};
