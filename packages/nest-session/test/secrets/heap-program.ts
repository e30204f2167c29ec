/**
 * Reads the cookies of many clients once, as a node does, takes a snapshot of the heap, and tells in
 * how many cases the session id is still there. Runs in a process of its own: the heap of a test
 * runner holds whatever the runner likes.
 */
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeHeapSnapshot } from 'node:v8';
import { parseCookies } from '../../src/cookie/parse-cookies.js';
import { signIdCookie, verifyIdCookie } from '../../src/identity/id-cookie.js';
import { KeyRing } from '../../src/identity/key-ring.js';
import { VerifiedCookies } from '../../src/identity/verified-cookies.js';
import { RouteCookies } from '../../src/route/route-cookies.js';

const CLIENTS = 40;
const ID_CHARACTERS = 43;
const SECRETS = ['a secret of this program, long enough'];
const NAMES = new Set(['sid', 'sid-route']);

const idKeys = new KeyRing(SECRETS, 'session-id');
const verified = new VerifiedCookies(1000);
const routes = new RouteCookies(new KeyRing(SECRETS, 'route'), 1000);
/** Another node, whose cookies this one has to read. */
const elsewhere = new RouteCookies(new KeyRing(SECRETS, 'route'), 1000);
/** Bytes, not text: what the search is for must not be found because it is searched for. */
const ids = Buffer.alloc((CLIENTS + 1) * ID_CHARACTERS);

/** A header as Node gives it: one flat string. */
function cookieHeader(index: number): string {
  const id = Buffer.from(Array.from({ length: 32 }, () => Math.random() * 256)).toString(
    'base64url',
  );
  ids.write(id, index * ID_CHARACTERS, 'latin1');
  const cookie = signIdCookie(id, 1, idKeys);
  const key = verifyIdCookie(cookie, idKeys)?.key as string;
  // Default labels are 8 characters; from 13 on V8 shares memory.
  const owner = (index % 2 === 0 ? 'n' : 'L'.repeat(31)) + (index % 10);
  const version = { epoch: 1, seq: index };
  const route = elsewhere.build({ owner, backups: [owner], version }, key);
  return Buffer.from(`sid=${cookie}; sid-route=${route}`, 'latin1').toString('latin1');
}

function serve(index: number): void {
  const values = parseCookies(cookieHeader(index), NAMES);
  const [cookie = ''] = values.get('sid') ?? [];
  const key = verified.check(cookie, (value) => verifyIdCookie(value, idKeys))?.key as string;
  if (!routes.find(values.get('sid-route') ?? [], key)) throw new Error('the route was refused');
}

for (let index = 0; index < CLIENTS; index++) serve(index);
// The control: an id that leaked must be found, or the search proves nothing.
const leaked = parseCookies(cookieHeader(CLIENTS), NAMES).get('sid-route');

const file = join(tmpdir(), `heap-${process.pid}.heapsnapshot`);
writeHeapSnapshot(file);
const snapshot = readFileSync(file, 'latin1');
rmSync(file);
const isThere = (index: number) =>
  snapshot.includes(ids.toString('latin1', index * ID_CHARACTERS, (index + 1) * ID_CHARACTERS));
const found = Array.from({ length: CLIENTS }, (_, index) => isThere(index)).filter(Boolean).length;
console.log(
  JSON.stringify({ found, control: isThere(CLIENTS), kept: leaked?.length, size: routes.size }),
);
