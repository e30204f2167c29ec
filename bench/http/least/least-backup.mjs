// @ts-check
// Holds what `least-sessions.mjs` copies. Ends with its parent, the runner.
import { connect } from '@nats-io/transport-node';
import { serveCommands } from '../../serve-commands.mjs';
import { ACKNOWLEDGED, CHANGED } from './subjects.mjs';

/** As an encoded copy would: changes one after the other, made one when there are too many. */
const MOST_CHANGES = 64;

/** @typedef {Record<string, unknown>} Change */

const [, , servers] = process.argv;
if (!servers || !process.send) throw new Error('started by bench/http.mjs only');

/** @type {Map<string, Change[]>} */
const copies = new Map();
const bus = await connect({ servers });
bus.subscribe(CHANGED, {
  callback(_error, message) {
    const [number, batch] = /** @type {[number, [string, Change][]]} */ (message.json());
    for (const [key, changed] of batch) append(key, changed);
    bus.publish(ACKNOWLEDGED, String(number));
  },
});
await bus.flush();
serveCommands({ visits, activeMembers: () => 2 });
process.send('ready');

/** @param {string} key @param {Change} changed */
function append(key, changed) {
  const copy = copies.get(key);
  if (copy === undefined) copies.set(key, [changed]);
  else if (copy.push(changed) > MOST_CHANGES) copies.set(key, [Object.assign({}, ...copy)]);
}

/**
 * What these sessions count; -1 where a session is not to be found.
 *
 * @param {{ keys: readonly string[] }} wanted
 */
function visits({ keys }) {
  return keys.map((key) => Number(Object.assign({}, ...(copies.get(key) ?? [{}])).visits ?? -1));
}
