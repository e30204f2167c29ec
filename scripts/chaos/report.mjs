// @ts-check
import { describeFailovers, describeLandings } from './failovers.mjs';
import { drawHistogram, percentile } from './histogram.mjs';
import { verdictLine } from './verdict.mjs';

/**
 * @param {object} run
 * @param {import('./call-log.mjs').CallLog} run.log
 * @param {import('./verdict.mjs').Verdict} run.verdict
 * @param {number} run.kills
 * @param {number} run.durationMs
 * @param {{ together: number, signedIn: number, signedOut: number }} [run.deeds]
 * @param {readonly { edgeMs: number, count: number }[]} [run.failovers]
 * @param {ReturnType<typeof import('./failovers.mjs').landings>} [run.landed]
 * @returns {string} The whole report; its last line is the verdict.
 */
export function report({ log, verdict, kills, durationMs, deeds, failovers, landed }) {
  const { failoverDurationsMs: met, otherDurationsMs: others } = log;
  const seconds = (durationMs / 1_000).toFixed(1);
  const lines = [
    '',
    `${log.calls} calls, ${log.posts} of them POST with a key, in ${seconds} s, ` +
      `${deed(kills, verdict)}, ${log.repeated} calls repeated by the client`,
    `${met.length} calls met a failover: ${spread(met)}`,
    `${others.length} others: ${spread(others)}`,
    ...(met.length === 0 ? [] : [drawHistogram(met)]),
    ...(failovers === undefined ? [] : [describeFailovers(failovers)]),
    ...(landed === undefined ? [] : [describeLandings(landed)]),
    `Answers of the balancer that were no success: ${refusals(log)}`,
    `Changes answered while no other node had them (\`copies=0\`): ${log.bare}`,
    'Slowest calls:',
    ...log.slowest.map(describeCall),
    ...section('Failures and stale answers:', log.failures),
    ...section('Faults:', verdict.faults),
    ...(deeds === undefined ? [] : [deedsLine(deeds, verdict)]),
    verdictLine(verdict),
  ];
  return lines.join('\n');
}

/** @param {import('./call-log.mjs').CallLog} log */
function refusals(log) {
  const kinds = [...log.refusals].sort(([, a], [, b]) => b - a);
  return kinds.map(([answer, count]) => `${count} × ${answer}`).join(', ') || 'none';
}

/**
 * @param {number} kills
 * @param {import('./verdict.mjs').Verdict} verdict
 */
function deed(kills, { replaced }) {
  return replaced === undefined ? `${kills} kills` : `${replaced.length} nodes replaced`;
}

/**
 * @param {{ together: number, signedIn: number, signedOut: number }} deeds
 * @param {import('./verdict.mjs').Verdict} verdict
 */
function deedsLine({ together, signedIn, signedOut }, { revived }) {
  return (
    `carts changed on two nodes at once ${together} times; ` +
    `${signedIn} sign-ins, ${signedOut} sign-outs, ${revived} ended sessions seen again`
  );
}

/** @param {import('./call-log.mjs').Call} call */
function describeCall(call) {
  const attempts = call.attempts === 1 ? '' : `, ${call.attempts} attempts`;
  const met = call.metFailover ? ', met a failover' : '';
  return `  ${milliseconds(call.durationMs)} ${call.method} of ${call.shopper}${attempts}${met}`;
}

/**
 * @param {string} title
 * @param {readonly string[]} lines
 */
function section(title, lines) {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

/** @param {readonly number[]} durationsMs */
function spread(durationsMs) {
  const [median, p99, longest] = [0.5, 0.99, 1].map((share) =>
    milliseconds(percentile(durationsMs, share)),
  );
  return `median ${median}, p99 ${p99}, longest ${longest}`;
}

/** @param {number} duration */
function milliseconds(duration) {
  return `${Math.round(duration)} ms`;
}
