import assert from 'node:assert/strict';
import { bytes, collect, LANES, type TransportCases, text, until } from './rig.js';

const ORDERED_MESSAGES = 2_000;
const MANY_MESSAGES = 20_000;
const LARGE_BYTES = 262_144;

export const deliveryCases: TransportCases = {
  'a message reaches another transport with its subject and payload': async (rig) => {
    const [sender, receiver] = [await rig.open(), await rig.open()];
    const inbox = await collect(receiver, 'greeting.node-1');
    sender.publish('greeting.node-1', bytes('hello'));
    await until('the message', () => inbox.messages.length === 1);
    const [message] = inbox.messages;
    assert.equal(message?.subject, 'greeting.node-1');
    assert.equal(text(message.payload), 'hello');
    assert.equal(message.noResponders, false);
  },

  'nothing is delivered from inside a call': async (rig) => {
    const [sender, receiver] = [await rig.open(), await rig.open()];
    let inside = false;
    const faults: string[] = [];
    const note = (what: string) => () => {
      if (inside) faults.push(what);
    };
    receiver.subscribe('inside', note('message'));
    sender.subscribe('reply', note('hint'));
    await Promise.all([sender.flush(), receiver.flush()]);
    inside = true;
    sender.publish('inside', bytes('x'));
    sender.publish('nobody', bytes('x'), { replyTo: 'reply' });
    const flushed = Promise.all([sender.flush(), receiver.flush()]);
    inside = false;
    await flushed;
    assert.deepEqual(faults, []);
  },

  'payloads are binary: empty, every byte value, line ends and large ones': async (rig) => {
    const [sender, receiver] = [await rig.open(), await rig.open()];
    const inbox = await collect(receiver, 'bytes');
    const every = Uint8Array.from({ length: 256 }, (_, value) => value);
    const large = Uint8Array.from({ length: LARGE_BYTES }, (_, index) => (index * 31) & 255);
    const payloads = [new Uint8Array(0), every, bytes('\r\nPUB bytes 2\r\nhi\r\n'), large];
    for (const payload of payloads) sender.publish('bytes', payload);
    await until('all payloads', () => inbox.messages.length === payloads.length);
    for (const [index, { payload }] of inbox.messages.entries()) {
      assert.ok(payload instanceof Uint8Array);
      assert.ok(Buffer.from(payload).equals(payloads[index] as Uint8Array), `payload ${index}`);
    }
  },

  'messages of one publisher keep their order on each lane': async (rig) => {
    const [sender, receiver] = [await rig.open(), await rig.open()];
    const inboxes = await Promise.all(
      LANES.map((lane) => collect(receiver, `order.${lane}`, lane)),
    );
    for (let index = 0; index < ORDERED_MESSAGES; index += 1) {
      for (const lane of LANES) sender.publish(`order.${lane}`, bytes(String(index)), { lane });
    }
    const expected = Array.from({ length: ORDERED_MESSAGES }, (_, index) => String(index));
    for (const inbox of inboxes) {
      await until('all messages', () => inbox.messages.length >= ORDERED_MESSAGES);
      assert.deepEqual(inbox.texts(), expected);
    }
  },

  'the lane of a subscription does not matter to a publisher': async (rig) => {
    const [sender, receiver] = [await rig.open(), await rig.open()];
    const inbox = await collect(receiver, 'crossing', 'bulk');
    for (const lane of LANES) {
      sender.publish('crossing', bytes(lane), { lane });
      await until(`the message on ${lane}`, () => inbox.texts().includes(lane));
    }
    assert.equal(inbox.messages.length, LANES.length);
  },

  'many messages all arrive, once': async (rig) => {
    const [sender, receiver] = [await rig.open(), await rig.open()];
    const inbox = await collect(receiver, 'many');
    for (let index = 0; index < MANY_MESSAGES; index += 1) {
      sender.publish('many', bytes(String(index)));
    }
    sender.publish('many', bytes('end'));
    await until('the last message', () => inbox.messages.length > MANY_MESSAGES);
    assert.equal(new Set(inbox.texts()).size, MANY_MESSAGES + 1);
    assert.equal(inbox.messages.length, MANY_MESSAGES + 1);
  },

  '* stands for one token and > for one or more': async (rig) => {
    const [sender, receiver] = [await rig.open(), await rig.open()];
    const [star, rest, literal] = await Promise.all([
      collect(receiver, 'w.*.c'),
      collect(receiver, 'w.>'),
      collect(receiver, 'w.b.c'),
    ]);
    for (const subject of ['w.b.c', 'w.x.c', 'w.b', 'w.b.c.d', 'w', 'v.b.c']) {
      sender.publish(subject, bytes(subject));
    }
    sender.publish('w.end', bytes('w.end'));
    await until('the last message', () => rest.texts().includes('w.end'));
    assert.deepEqual(star.texts(), ['w.b.c', 'w.x.c']);
    assert.deepEqual(rest.texts(), ['w.b.c', 'w.x.c', 'w.b', 'w.b.c.d', 'w.end']);
    assert.deepEqual(literal.texts(), ['w.b.c']);
    assert.deepEqual(
      star.messages.map(({ subject }) => subject),
      ['w.b.c', 'w.x.c'],
    );
  },

  'every subscription gets its own copy, also two of one transport': async (rig) => {
    const [sender, first, second] = [await rig.open(), await rig.open(), await rig.open()];
    const inboxes = [
      await collect(first, 'copies'),
      await collect(first, 'copies'),
      await collect(second, '*'),
    ];
    sender.publish('copies', bytes('once'));
    for (const inbox of inboxes) await until('a copy', () => inbox.messages.length === 1);
  },

  'a transport never receives what it published itself, on any lane': async (rig) => {
    const [self, other] = [await rig.open(), await rig.open()];
    const inboxes = await Promise.all(LANES.map((lane) => collect(self, 'echo.>', lane)));
    const witness = await collect(other, 'echo.>');
    for (const lane of LANES) self.publish(`echo.${lane}`, bytes('own'), { lane });
    await until('the witness', () => witness.messages.length === LANES.length);
    for (const lane of LANES) other.publish('echo.other', bytes(lane), { lane });
    for (const inbox of inboxes) {
      await until('the messages of the other', () => inbox.messages.length >= LANES.length);
      assert.deepEqual(inbox.texts().sort(), [...LANES].sort());
    }
  },
};
