// @ts-check
// node paced-main.mjs <port> <requests a second> <seconds>: prints latencies from the time that a
// request was due, as JSON. A process of its own, so that its garbage is nobody else's pause.
import { connect } from 'node:net';
import { summarize } from '../engine/statistics.mjs';
import { paceEvenly } from '../even-pace.mjs';
import { COOKIES } from './wrk.mjs';

const SOCKETS = 32;
const BODY_END = Buffer.from('}]}');

const [port = 0, perSecond = 0, seconds = 0] = process.argv.slice(2).map(Number);
const total = perSecond * seconds;
const REQUEST = Buffer.from(
  `GET /api/cart HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ${COOKIES}\r\nAccept: application/json\r\n\r\n`,
);

/** @type {number[]} */
const latenciesMs = [];
/** @type {import('node:net').Socket[]} */
const idle = [];
/** @type {Map<import('node:net').Socket, number>} */
const due = new Map();
/** @type {number[]} */
const waiting = [];

for (let i = 0; i < SOCKETS; i++) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('data', (chunk) => {
    if (chunk.subarray(-BODY_END.length).compare(BODY_END) !== 0) return;
    if (!isSuccess(chunk)) throw new Error(`answered ${chunk.subarray(0, 80)}`);
    latenciesMs.push(performance.now() - (due.get(socket) ?? 0));
    if (latenciesMs.length === total) finish();
    const next = waiting.shift();
    if (next === undefined) idle.push(socket);
    else send(socket, next);
  });
  idle.push(socket);
}

paceEvenly(perSecond, total, (dueMs) => {
  const socket = idle.pop();
  if (socket) send(socket, dueMs);
  else waiting.push(dueMs);
});

/** @param {import('node:net').Socket} socket @param {number} dueMs */
function send(socket, dueMs) {
  due.set(socket, dueMs);
  socket.write(REQUEST);
}

/** @param {Buffer} chunk */
function isSuccess(chunk) {
  return chunk.subarray(0, 12).toString('latin1') === 'HTTP/1.1 200' || chunk.length < 64;
}

function finish() {
  process.stdout.write(JSON.stringify(summarize(latenciesMs)), () => process.exit(0));
}
