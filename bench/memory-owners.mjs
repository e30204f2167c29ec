// @ts-check
// Plays the owners for memory.mjs: writes frames to its standard output, each behind its length.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { FrameCodec } from '../packages/replication/dist/codec/frame-codec.js';
import { msgpackRecordCodec } from '../packages/replication/dist/codec/record-codec.js';
import { MEMBERS } from './memory-members.mjs';
import { sampleDelta, sampleSession } from './sample-session.mjs';

const [sessions = 0, snapshots = 0, changes = 0] = process.argv.slice(2).map(Number);
const ENTRIES_PER_FRAME = 64;
const HOUR_MS = 3_600_000;
const codec = new FrameCodec('bench');
const links = new Map(
  MEMBERS.map((from) => [from, { linkSeq: 0, entries: /** @type {any[]} */ ([]) }]),
);

/** @param {string} from @param {any} message */
async function write(from, message) {
  const frame = codec.encode(from, message);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(frame.length);
  process.stdout.write(length);
  if (!process.stdout.write(frame)) await once(process.stdout, 'drain');
}

/** @param {string} from @param {any} entry */
async function add(from, entry) {
  const link = links.get(from);
  if (!link) return;
  link.entries.push(entry);
  if (link.entries.length >= ENTRIES_PER_FRAME) await flush(from);
}

/** @param {string} from */
async function flush(from) {
  const link = links.get(from);
  if (!link) return;
  const { entries } = link;
  link.entries = [];
  link.linkSeq++;
  await write(from, { kind: 'replicate', linkEpoch: 1, linkSeq: link.linkSeq, entries });
}

/** @param {number} index */
const ownerOf = (index) => /** @type {string} */ (MEMBERS[index % MEMBERS.length]);

/** The end of a part, for the reader. @param {string} name */
async function mark(name) {
  for (const from of MEMBERS) await flush(from);
  await write(MEMBERS[0] ?? '', { kind: 'witness', label: name });
}

const keys = Array.from({ length: sessions }, () => randomBytes(32));
for (let count = 0; count < snapshots; count++) {
  const index = count % sessions;
  const key = /** @type {Buffer} */ (keys[index]).toString('base64url');
  const copy = {
    epoch: 1,
    seq: 0,
    owner: ownerOf(index),
    backups: ['keeper~boot0000'],
    base: msgpackRecordCodec.encodeContent(sampleSession(index), 0),
    tail: [],
    idleRemainingMs: HOUR_MS,
    absoluteRemainingMs: 30 * 24 * HOUR_MS,
  };
  await add(ownerOf(index), { kind: 'snapshot', key, copy });
}
await mark('filled');
const seqs = new Uint32Array(sessions);
for (let count = 0; count < changes; count++) {
  // A tenth of the sessions makes nine tenths of the changes, so that tails grow and are folded.
  const hot = count % 10 !== 0;
  const index = Math.floor(Math.random() * (hot ? sessions / 10 : sessions));
  const key = /** @type {Buffer} */ (keys[index]).toString('base64url');
  const seq = (seqs[index] ?? 0) + 1;
  seqs[index] = seq;
  const body = msgpackRecordCodec.encodeDelta(sampleDelta(count));
  await add(ownerOf(index), { kind: 'delta', key, epoch: 1, seq, idleRemainingMs: HOUR_MS, body });
}
await mark('churned');
