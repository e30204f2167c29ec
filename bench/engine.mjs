// @ts-check
// `npm run bench:engine`: what the replication engine costs and gives, in real processes on loopback.
import { parseArgs } from 'node:util';
import { measureFrozenBackup } from './engine/frozen-backup.mjs';
import { measureLatency } from './engine/latency.mjs';
import { loadLine, machineLine } from './engine/report.mjs';
import { measureTakeover } from './engine/takeover.mjs';
import { measureThroughput } from './engine/throughput.mjs';
import { measureWireBytes } from './engine/wire-bytes.mjs';

const CASES = {
  latency: measureLatency,
  throughput: measureThroughput,
  bytes: measureWireBytes,
  frozen: measureFrozenBackup,
  takeover: measureTakeover,
};

const { values } = parseArgs({
  options: {
    /** One or several of the cases; default all. */
    case: { type: 'string', multiple: true, default: Object.keys(CASES) },
    rounds: { type: 'string', default: '5' },
    /** Writes profiles of the throughput case into this folder. */
    profile: { type: 'string' },
  },
});

const rounds = Number(values.rounds);
const unknown = values.case.find((name) => !Object.hasOwn(CASES, name));
if (unknown !== undefined || !Number.isSafeInteger(rounds) || rounds < 1) {
  const names = Object.keys(CASES).join(', ');
  console.error(`usage: engine.mjs [--case <one of ${names}>]... [--rounds <1 or more>]`);
  process.exit(2);
}

console.log(machineLine());
for (const name of /** @type {(keyof typeof CASES)[]} */ (values.case)) {
  console.log(`\n${name}`);
  const execArgv = values.profile ? ['--cpu-prof', `--cpu-prof-dir=${values.profile}`] : [];
  await CASES[name]({ rounds, execArgv });
}
console.log(`\nload at the end ${loadLine()}`);
