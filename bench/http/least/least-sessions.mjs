// @ts-check
// The least that could keep a session in memory and copy each change over the bus before the response
// leaves: what a write costs on the machine at hand before anything is right. No epochs, no merging, no
// limits, no expiry, no rotation, no answer when the backup is gone: to measure against, never to use.
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { connect } from '@nats-io/transport-node';
import { ACKNOWLEDGED, CHANGED } from './subjects.mjs';

/**
 * @typedef {object} Held
 * @property {string} key
 * @property {Record<string, unknown>} data
 * @property {string | undefined} newCookie  The client does not have it yet.
 * @property {Record<string, unknown> | undefined} changed  What this request set.
 *
 * @typedef {import('fastify').FastifyRequest & { held: Held | null }} Request
 */

const SECRET = 'a secret of forty characters for benchmarks';

/** @param {import('fastify').FastifyInstance} server @param {string} servers */
export async function installLeast(server, servers) {
  const commit = await replicate(servers);
  /** @type {Map<string, Record<string, unknown>>} */
  const sessions = new Map();
  /** Keys of cookies that were good. @type {Map<string, string>} */
  const known = new Map();
  server.decorateRequest('held', null);
  server.decorateRequest('session', {
    getter() {
      const request = requestOf(this);
      request.held ??= find(request.raw.headers.cookie) ?? begin();
      return /** @type {never} */ (new Proxy(request.held, RECORDING));
    },
  });
  server.addHook('onSend', (request, reply, payload, done) => {
    const { held } = requestOf(request);
    if (!held?.changed) return done(null, payload);
    if (held.newCookie) reply.header('set-cookie', `sid=${held.newCookie}; Path=/; HttpOnly`);
    commit(held.key, held.changed, () => done(null, payload));
  });

  /** @param {string | undefined} cookies @returns {Held | undefined} */
  function find(cookies) {
    const value = cookies?.match(/(?:^|; )sid=([^;]+)/)?.[1];
    if (value === undefined) return undefined;
    const key = known.get(value) ?? verify(value);
    const data = key && sessions.get(key);
    return data ? { key, data, newCookie: undefined, changed: undefined } : undefined;
  }

  /** @param {string} value */
  function verify(value) {
    const id = value.slice(0, value.indexOf('.'));
    if (value !== sign(id)) return undefined;
    const key = keyOf(id);
    known.set(value, key);
    return key;
  }

  /** @returns {Held} */
  function begin() {
    const id = randomBytes(24).toString('base64url');
    const key = keyOf(id);
    const data = { id: key };
    sessions.set(key, data);
    return { key, data, newCookie: sign(id), changed: undefined };
  }
}

/** @param {unknown} request */
function requestOf(request) {
  return /** @type {Request} */ (request);
}

/** @type {ProxyHandler<Held>} */
const RECORDING = {
  get: ({ data }, name) => data[/** @type {string} */ (name)],
  set(held, name, value) {
    held.data[/** @type {string} */ (name)] = value;
    held.changed ??= {};
    held.changed[/** @type {string} */ (name)] = value;
    return true;
  },
};

/**
 * Sends what was committed in one turn of the event loop together, and calls back once the backup has it.
 *
 * @param {string} servers
 * @returns {Promise<(key: string, changed: object, done: () => void) => void>}
 */
async function replicate(servers) {
  const bus = await connect({ servers });
  /** @type {[string, object][]} */
  let batch = [];
  /** @type {(() => void)[]} */
  let waiting = [];
  /** @type {Map<number, (() => void)[]>} */
  const underWay = new Map();
  let sent = 0;
  bus.subscribe(ACKNOWLEDGED, {
    callback(_error, message) {
      const number = Number(message.string());
      const dones = underWay.get(number);
      underWay.delete(number);
      for (const done of dones ?? []) done();
    },
  });
  return (key, changed, done) => {
    if (batch.length === 0) setImmediate(flush);
    batch.push([key, changed]);
    waiting.push(done);
  };

  function flush() {
    underWay.set(++sent, waiting);
    bus.publish(CHANGED, JSON.stringify([sent, batch]));
    batch = [];
    waiting = [];
  }
}

/** @param {string} id */
function sign(id) {
  return `${id}.${createHmac('sha256', SECRET).update(id).digest('base64url')}`;
}

/** @param {string} id */
function keyOf(id) {
  return createHash('sha256').update(id).digest('base64url');
}
