import assert from 'node:assert/strict';
import type { Transport } from '../../transport/transport.js';
import { bytes, collect, LANES, type TransportCases, until } from './rig.js';

export const hintCases: TransportCases = {
  'a message nobody listens to is reported to its reply address, on each lane': async (rig) => {
    const sender = await rig.open();
    for (const lane of LANES) {
      const inbox = await collect(sender, `reply.${lane}.*`, lane);
      sender.publish('nobody', bytes('x'), { lane, replyTo: `reply.${lane}.7` });
      await until(`the hint on ${lane}`, () => inbox.messages.length === 1);
      const [hint] = inbox.messages;
      assert.equal(hint?.subject, `reply.${lane}.7`);
      assert.equal(hint.noResponders, true);
      assert.equal(hint.payload.byteLength, 0);
    }
  },

  'a message somebody listens to is not reported': async (rig) => {
    const [sender, receiver] = [await rig.open(), await rig.open()];
    const hints = await collect(sender, 'reply.*');
    const inbox = await collect(receiver, 'somebody.*');
    sender.publish('somebody.here', bytes('x'), { replyTo: 'reply.1' });
    await until('the message', () => inbox.messages.length === 1);
    assert.equal(inbox.messages[0]?.noResponders, false);
    await reportsEnd(sender, () => hints.messages.length);
    assert.deepEqual(
      hints.messages.map(({ subject }) => subject),
      ['reply.end'],
    );
  },

  'a listener that unsubscribed or closed is nobody': async (rig) => {
    const [sender, receiver, third] = [await rig.open(), await rig.open(), await rig.open()];
    const hints = await collect(sender, 'reply.*');
    const inbox = await collect(receiver, 'leaving');
    await collect(third, 'leaving');
    inbox.unsubscribe();
    await receiver.flush();
    await third.close();
    await until('a hint', () => {
      sender.publish('leaving', bytes('x'), { replyTo: 'reply.1' });
      return hints.messages.some(({ noResponders }) => noResponders);
    });
  },

  'without a reply address nothing is reported': async (rig) => {
    const sender = await rig.open();
    const hints = await collect(sender, 'reply.*');
    sender.publish('nobody', bytes('x'));
    await reportsEnd(sender, () => hints.messages.length);
    assert.equal(hints.messages.length, 1);
  },
};

/** A provoked hint, behind which no earlier one can be left. */
async function reportsEnd(sender: Transport, received: () => number): Promise<void> {
  const before = received();
  sender.publish('nobody.at.the.end', bytes('x'), { replyTo: 'reply.end' });
  await until('the provoked hint', () => received() > before);
}
