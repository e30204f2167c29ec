// @ts-check
// What ending sessions costs: `node bench/expiry.mjs [--records 10000,100000,1000000]`. See README.md.
import { parseArgs } from 'node:util';
import { Expiry } from '../packages/replication/dist/core/endings/expiry.js';
import { LooseRecord } from '../packages/replication/dist/core/memory/held-record.js';
import { RecordTable } from '../packages/replication/dist/core/record/record-table.js';

/** @typedef {import('../packages/replication/dist/core/record/record.js').SessionRecord} SessionRecord */

const { values } = parseArgs({
  options: { records: { type: 'string', default: '10000,100000,1000000' } },
});
/** A tick of the shell is 20 ms; here one visits what is due in a second, so that few are empty. */
const TICK_MS = 1000;
const IDLE_MS = 30 * 60_000;
/** They come over this long. */
const SPREAD_MS = 20 * 60_000;
const GARBAGE_AFTER_MS = 10 * 60_000;
/** How many ticks it takes until the last one is over. */
const TICKS = (SPREAD_MS + 2 * IDLE_MS) / TICK_MS;

/** @param {number} index @param {number} nowMs */
function ownedRecord(index, nowMs) {
  const key = `session-${index}`;
  const absoluteDeadlineMs = nowMs + 24 * IDLE_MS;
  const idleDeadlineMs = nowMs + IDLE_MS;
  const fields = { role: 'owner', key, epoch: 1, seq: 0, expirySlot: 0 };
  return /** @type {SessionRecord} */ (
    /** @type {unknown} */ ({ ...fields, idleDeadlineMs, absoluteDeadlineMs })
  );
}

const BASE = new Uint8Array(64);

/** @param {number} index @param {number} nowMs */
function heldRecord(index, nowMs) {
  return new LooseRecord({
    key: `session-${index}`,
    epoch: 1,
    seq: 0,
    owner: 'a',
    backups: ['b'],
    base: BASE,
    tail: [],
    idleDeadlineMs: nowMs + IDLE_MS,
    absoluteDeadlineMs: nowMs + IDLE_MS,
  });
}

/** Processor time of this process, which others on the machine do not lengthen. */
function cpuUs() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/**
 * A life of so many records: added over twenty minutes, owned ones touched once in the second half
 * of their idle time, ended or collected. Timed is what files and visits them, and the removal.
 *
 * @param {number} count
 * @param {(index: number, nowMs: number) => SessionRecord} recordOf
 */
function live(count, recordOf) {
  const table = new RecordTable();
  let over = 0;
  /** @param {string} key */
  const remove = (key) => {
    over++;
    table.set(key, undefined);
  };
  const actions = {
    /** @param {{ key: string }} record */
    expire: ({ key }) => remove(key),
    collect: remove,
    forgetTombstone: () => undefined,
  };
  const expiry = new Expiry(table, actions, 0, GARBAGE_AFTER_MS);
  const perTick = count / (SPREAD_MS / TICK_MS);
  let [added, touched, visits, totalUs] = [0, 0, 0, 0];
  for (let tick = 1; tick <= TICKS; tick++) {
    const nowMs = tick * TICK_MS;
    /** @type {SessionRecord[]} */
    const fresh = [];
    for (; added < Math.min(count, tick * perTick); added++) fresh.push(recordOf(added, nowMs));
    for (const record of fresh) table.set(record.key, record);
    const dueTouches = Math.min(count, (tick - IDLE_MS / 2 / TICK_MS) * perTick);
    for (; touched < dueTouches; touched++) {
      const record = table.get(`session-${touched}`);
      if (record?.role === 'owner') record.idleDeadlineMs = nowMs + IDLE_MS;
    }
    const startUs = cpuUs();
    for (const record of fresh) expiry.recordSet(record);
    visits += expiry.tick(nowMs, true);
    totalUs += cpuUs() - startUs;
  }
  if (over !== count) throw new Error(`${count - over} of ${count} are not over`);
  return { totalUs, visits };
}

const counts = values.records.split(',').map(Number);
for (const [name, recordOf] of /** @type {const} */ ([
  ['owned, each touched once', ownedRecord],
  ['copies that nobody ended', heldRecord],
])) {
  // The first runs pay for the compiler.
  for (let run = 0; run < 5; run++) live(20_000, recordOf);
  const emptyUs = live(0, recordOf).totalUs;
  console.log(`${name} (a tick with nothing to do: ${((emptyUs * 1000) / TICKS).toFixed(0)} ns)`);
  let first = 0;
  for (const count of counts) {
    // As many records altogether as in the largest run, or nearly.
    const runs = Math.max(1, Math.min(50, Math.round(Math.max(...counts) / count)));
    let [totalUs, visits] = [0, 0];
    for (let run = 0; run < runs; run++) {
      const lived = live(count, recordOf);
      totalUs += lived.totalUs - emptyUs;
      visits += lived.visits;
    }
    const ns = (totalUs * 1000) / (count * runs);
    first ||= ns;
    console.log(
      `  ${count.toLocaleString('en').padStart(9)} records: ${ns.toFixed(0).padStart(5)} ns a record,` +
        ` ratio ${(ns / first).toFixed(2)}, visits a record ${(visits / (count * runs)).toFixed(2)}`,
    );
  }
}
