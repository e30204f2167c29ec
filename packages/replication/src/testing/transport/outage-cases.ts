import assert from 'node:assert/strict';
import { TransportClosedError } from '../../errors.js';
import type { Transport } from '../../transport/transport.js';
import { bytes, collect, LANES, type TransportCases, until } from './rig.js';

export const outageCases: TransportCases = {
  'an outage shows in the status and only of the transport it hits': async (rig) => {
    const hit = await rig.openCuttable();
    const other = await rig.open();
    const [seen, seenByOther] = [statuses(hit.transport), statuses(other)];
    await hit.cut();
    await until('disconnected', () => seen.at(-1) === 'disconnected');
    await hit.mend();
    await until('connected again', () => seen.at(-1) === 'connected');
    assert.deepEqual(seen, ['connected', 'disconnected', 'connected']);
    assert.deepEqual(seenByOther, ['connected']);
  },

  'what is published during an outage is dropped, never delivered late': async (rig) => {
    const hit = await rig.openCuttable();
    const other = await rig.open();
    const inbox = await collect(other, 'outage');
    const seen = statuses(hit.transport);
    await hit.cut();
    await until('disconnected', () => seen.at(-1) === 'disconnected');
    for (const lane of LANES) hit.transport.publish('outage', bytes('lost'), { lane });
    await hit.mend();
    await until('connected again', () => seen.at(-1) === 'connected');
    for (const lane of LANES) hit.transport.publish('outage', bytes('kept'), { lane });
    await until('all later messages', () => inbox.messages.length >= LANES.length);
    assert.deepEqual(inbox.texts(), ['kept', 'kept', 'kept']);
  },

  'what others publish during an outage is not delivered after it': async (rig) => {
    const hit = await rig.openCuttable();
    const other = await rig.open();
    const inbox = await collect(hit.transport, 'meanwhile');
    const seen = statuses(hit.transport);
    await hit.cut();
    await until('disconnected', () => seen.at(-1) === 'disconnected');
    other.publish('meanwhile', bytes('lost'));
    await other.flush();
    await hit.mend();
    await until('connected again', () => seen.at(-1) === 'connected');
    await hit.transport.flush();
    other.publish('meanwhile', bytes('kept'));
    await until('the later message', () => inbox.messages.length >= 1);
    assert.deepEqual(inbox.texts(), ['kept']);
  },

  'subscriptions outlive an outage, and can be made and ended during one': async (rig) => {
    const hit = await rig.openCuttable();
    const other = await rig.open();
    const [kept, ended] = [
      await collect(hit.transport, 'sub'),
      await collect(hit.transport, 'sub'),
    ];
    const made: string[] = [];
    const seen = statuses(hit.transport);
    await hit.cut();
    await until('disconnected', () => seen.at(-1) === 'disconnected');
    ended.unsubscribe();
    hit.transport.subscribe('sub', () => made.push('x'), { lane: 'bulk' });
    await hit.mend();
    await until('connected again', () => seen.at(-1) === 'connected');
    await hit.transport.flush();
    other.publish('sub', bytes('x'));
    await until('both messages', () => kept.messages.length === 1 && made.length === 1);
    assert.equal(ended.messages.length, 0);
  },

  'a flush during an outage waits for the bus': async (rig) => {
    const hit = await rig.openCuttable();
    const seen = statuses(hit.transport);
    await hit.cut();
    await until('disconnected', () => seen.at(-1) === 'disconnected');
    let statusWhenFlushed: string | undefined;
    const flush = hit.transport.flush().then(() => {
      statusWhenFlushed = seen.at(-1);
    });
    await hit.mend();
    await flush;
    assert.equal(statusWhenFlushed, 'connected');
  },

  'a flush that an outage overtakes ends when the bus is back': async (rig) => {
    const hit = await rig.openCuttable();
    const seen = statuses(hit.transport);
    const flushed = Promise.all([hit.transport.flush(), hit.transport.flush()]);
    await hit.cut();
    await until('disconnected', () => seen.at(-1) === 'disconnected');
    const late = hit.transport.flush();
    await hit.mend();
    await flushed;
    await late;
  },

  'close does not wait for the bus and ends the flushes that do': async (rig) => {
    const hit = await rig.openCuttable();
    const seen = statuses(hit.transport);
    await hit.cut();
    await until('disconnected', () => seen.at(-1) === 'disconnected');
    const flushed = assert.rejects(hit.transport.flush(), TransportClosedError);
    await hit.transport.close();
    assert.equal(seen.at(-1), 'closed');
    await flushed;
  },
};

function statuses(transport: Transport): string[] {
  const seen: string[] = [];
  transport.onStatus(({ kind }) => seen.push(kind));
  return seen;
}
