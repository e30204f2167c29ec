import assert from 'node:assert/strict';
import { OptionError } from '../../errors.js';
import { bytes, collect, type TransportCases, text, until } from './rig.js';

const BAD_SUBJECTS = ['', '.', 'a.', 'a..b', 'a b', 'a\r\nPING', 'a\tb'];

export const subscriptionCases: TransportCases = {
  'after unsubscribe() the callback is not called again, not even for messages under way': async (
    rig,
  ) => {
    const [sender, receiver] = [await rig.open(), await rig.open()];
    const witness = await collect(receiver, 'stop');
    let calls = 0;
    const subscription = receiver.subscribe('stop', () => {
      calls += 1;
      subscription.unsubscribe();
    });
    await receiver.flush();
    for (let index = 0; index < 100; index += 1) sender.publish('stop', bytes('x'));
    await until('the witness', () => witness.messages.length === 100);
    assert.equal(calls, 1);
    subscription.unsubscribe();
  },

  'unsubscribing one subscription leaves its twin alone': async (rig) => {
    const [sender, receiver] = [await rig.open(), await rig.open()];
    const [gone, kept] = [await collect(receiver, 'twin'), await collect(receiver, 'twin')];
    gone.unsubscribe();
    await receiver.flush();
    sender.publish('twin', bytes('x'));
    await until('the twin', () => kept.messages.length === 1);
    assert.equal(gone.messages.length, 0);
  },

  'a callback that throws disturbs neither later messages nor other subscriptions': async (rig) => {
    const [sender, receiver] = [await rig.open(), await rig.open()];
    const seen: string[] = [];
    receiver.subscribe('throw', (message) => {
      seen.push(text(message.payload));
      throw new Error('a fault of the application, planted by the conformance suite');
    });
    const witness = await collect(receiver, 'throw');
    sender.publish('throw', bytes('1'));
    sender.publish('throw', bytes('2'));
    await until('both messages', () => seen.length === 2 && witness.messages.length === 2);
    assert.deepEqual(seen, ['1', '2']);
    assert.deepEqual(witness.texts(), ['1', '2']);
  },

  'a callback may publish, subscribe and unsubscribe': async (rig) => {
    const [asker, answerer] = [await rig.open(), await rig.open()];
    const answers = await collect(asker, 'answer');
    const first = answerer.subscribe('ask', (message) => {
      first.unsubscribe();
      answerer.subscribe('ask', (next) => answerer.publish('answer', next.payload));
      answerer.publish('answer', message.payload);
    });
    await answerer.flush();
    asker.publish('ask', bytes('1'));
    await until('the first answer', () => answers.messages.length === 1);
    await answerer.flush();
    asker.publish('ask', bytes('2'));
    await until('the second answer', () => answers.messages.length === 2);
    assert.deepEqual(answers.texts(), ['1', '2']);
  },

  'subjects that would break the protocol are refused and nothing is sent': async (rig) => {
    const [sender, receiver] = [await rig.open(), await rig.open()];
    const inbox = await collect(receiver, '>');
    for (const subject of BAD_SUBJECTS) {
      assert.throws(() => sender.publish(subject, bytes('x')), OptionError);
      assert.throws(() => sender.publish('a', bytes('x'), { replyTo: subject }), OptionError);
      assert.throws(() => sender.subscribe(subject, () => {}), OptionError);
    }
    for (const subject of ['*', 'a.>', '>', 'a.*']) {
      assert.throws(() => sender.publish(subject, bytes('x')), OptionError);
    }
    for (const subject of ['>.a', 'a*', 'a.b>']) {
      assert.throws(() => sender.subscribe(subject, () => {}), OptionError);
    }
    sender.publish('end', bytes('end'));
    await until('the last message', () => inbox.messages.length > 0);
    assert.deepEqual(inbox.texts(), ['end']);
  },
};
