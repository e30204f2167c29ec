// @ts-check
// The measured node of `bench/memory.mjs`, which starts it.
import { spawn } from 'node:child_process';
import { constants, PerformanceObserver, performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FrameCodec } from '../packages/replication/dist/codec/frame-codec.js';
import { msgpackRecordCodec } from '../packages/replication/dist/codec/record-codec.js';
import { NodeCore } from '../packages/replication/dist/core/node-core.js';
import { TIMINGS } from '../packages/replication/dist/core/timings.js';
import { MEMBERS } from './memory-members.mjs';

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '200000' },
    changes: { type: 'string', default: '200000' },
  },
});
const RECORDS = Number(values.records);
const CHANGES = Number(values.changes);
/** Of so few that what they leave behind is not in the figures. */
const WARM_UP_SESSIONS = 1000;
const TICK_MS = 20;

const collect = globalThis.gc;
if (!collect) throw new Error('started by bench/memory.mjs only');
const codec = new FrameCodec('bench');

/** @typedef {{ count: number, totalMs: number, worstMs: number, worst: string }} Pauses */
/** @type {Pauses} */
let pauses = { count: 0, totalMs: 0, worstMs: 0, worst: 'none' };
new PerformanceObserver((list) => {
  const entries = /** @type {{ duration: number, detail?: unknown }[]} */ (list.getEntries());
  for (const { duration, detail } of entries) {
    pauses.count++;
    pauses.totalMs += duration;
    if (duration <= pauses.worstMs) continue;
    const { kind } = /** @type {{ kind: number }} */ (detail);
    pauses.worst = kind === constants.NODE_PERFORMANCE_GC_MINOR ? 'minor' : 'major';
    pauses.worstMs = duration;
  }
}).observe({ entryTypes: ['gc'] });

/** The pauses since the last call. */
async function takePauses() {
  await sleep(50);
  const taken = pauses;
  pauses = { count: 0, totalMs: 0, worstMs: 0, worst: 'none' };
  return taken;
}

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {string} name */
function startNode(name) {
  const settings = {
    id: name,
    label: name,
    weight: 1,
    backups: 1,
    onIsolation: /** @type {const} */ ('serve'),
    timings: TIMINGS.local,
  };
  const core = new NodeCore(settings, msgpackRecordCodec, `${name}~boot0000`, performance.now());
  hearOwners(core);
  return core;
}

/** @param {NodeCore} core */
function hearOwners(core) {
  for (const from of MEMBERS) {
    const heartbeat = { kind: 'heartbeat', state: 'active', id: from, label: from, weight: 1 };
    const message = /** @type {any} */ ({ ...heartbeat, owned: 0, held: 0 });
    core.step({ kind: 'message', nowMs: performance.now(), from, message });
  }
}

/**
 * Lets a node hold what a second process sends; calls back at the end of each part.
 * @param {NodeCore} core @param {number[]} amounts Sessions, snapshots and changes of them.
 * @param {(part: string) => Promise<void>} onPart
 */
async function receive(core, amounts, onPart) {
  const script = fileURLToPath(new URL('memory-owners.mjs', import.meta.url));
  const owners = spawn(process.execPath, [script, ...amounts.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ticks = setInterval(() => {
    hearOwners(core);
    core.step({ kind: 'tick', nowMs: performance.now() });
  }, TICK_MS);
  let rest = Buffer.alloc(0);
  for await (const chunk of owners.stdout) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE(0)) {
      const end = 4 + rest.readUInt32BE(0);
      const { from, message } = codec.decode(rest.subarray(4, end));
      rest = rest.subarray(end);
      if (message.kind === 'witness') await onPart(message.label);
      else core.step({ kind: 'message', nowMs: performance.now(), from, message });
    }
  }
  clearInterval(ticks);
}

async function settle() {
  for (let round = 0; round < 5; round++) {
    collect?.();
    await sleep(100);
  }
  await takePauses();
  return process.memoryUsage();
}

/** @param {string} name @param {unknown} value */
const report = (name, value) => console.log(`${name.padEnd(46)} ${value}`);

/** @param {string} part @param {Pauses} taken */
function reportPauses(part, { count, totalMs, worstMs, worst }) {
  const total = `${count} pauses, ${Math.round(totalMs)} ms`;
  report(`collector while ${part}`, `${total}, worst ${worstMs.toFixed(1)} ms (${worst})`);
}

await receive(startNode('warm-up'), [WARM_UP_SESSIONS, RECORDS, 0], async () => {});
const before = await settle();
const core = startNode('keeper');
let startedMs = performance.now();
await receive(core, [RECORDS, RECORDS, CHANGES], async (part) => {
  const tookMs = performance.now() - startedMs;
  const { rss } = process.memoryUsage();
  const taken = await takePauses();
  const settled = await settle();
  const { usedBytes, reservedBytes } = core.slabUsage;
  const held = core.records.size;
  report(`${part}: copies, encoded bytes each`, `${held}, ${Math.round(usedBytes / held)}`);
  report('  of them reserved in slabs', Math.round(reservedBytes / held));
  report('  RSS each, at once / settled', `${perCopy(rss)} / ${perCopy(settled.rss)}`);
  report('  RSS / encoded', ((settled.rss - before.rss) / usedBytes).toFixed(2));
  report('  heap each', Math.round((settled.heapUsed - before.heapUsed) / held));
  report(
    '  entries per second',
    Math.round(((part === 'filled' ? RECORDS : CHANGES) / tookMs) * 1e3),
  );
  reportPauses(part === 'filled' ? 'filling' : 'changing', taken);
  startedMs = performance.now();
});

/** @param {number} rss */
function perCopy(rss) {
  return Math.round((rss - before.rss) / core.records.size);
}
