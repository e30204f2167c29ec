// @ts-check
// Runs beside the launcher and ends what the launcher could not end because it crashed.
//
// stdin carries `watch <pid>` and `forget <pid>`. The kernel closes it when the launcher dies,
// however it dies, SIGKILL included; then every process still watched gets SIGTERM and, after a
// deadline, SIGKILL. Children need no part in this, so it holds for frozen ones and for
// programs that are not ours (nats-server).
import { createInterface } from 'node:readline';
import { isRunning, startTime } from './process-identity.mjs';

const deadlineMs = Number(process.argv[2] ?? 5_000);
const pollMs = 50;

/** @type {Map<number, string | null>} pid → when it was started, against reused pids */
const watched = new Map();

// The guard must outlive a Ctrl-C, a closed terminal and an impatient `kill` of the launcher.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const [verb, pidText] = line.split(' ');
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid <= 1) return;
  if (verb === 'watch') watched.set(pid, startTime(pid));
  if (verb === 'forget') watched.delete(pid);
});
lines.on('close', () => void endAll());

async function endAll() {
  signalAll('SIGTERM');
  // A frozen process acts on SIGTERM only when it is thawed.
  signalAll('SIGCONT');
  const giveUpAt = performance.now() + deadlineMs;
  while (remaining().length > 0 && performance.now() < giveUpAt) {
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  signalAll('SIGKILL');
  process.exit(0);
}

function remaining() {
  return [...watched].filter(([pid, started]) => isRunning(pid) && startTime(pid) === started);
}

/** @param {NodeJS.Signals} signal */
function signalAll(signal) {
  for (const [pid] of remaining()) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended between the look and the signal.
    }
  }
}
