// @ts-check
import { waitFor } from '../cluster/wait-for.mjs';
import { ASKED_AT_ONCE } from './limits.mjs';

/**
 * @typedef {object} Guarded  A session, as far as its copies go.
 * @property {() => Promise<readonly string[] | null>} copies  Labels of the nodes that hold one; null
 *   while there is nothing to lose.
 * @property {() => string} handle  What messages call it.
 */

/**
 * Resolves when a living node holds a copy of every session. Whoever has none is asked again, and
 * everybody once more when nobody is left: asking is load as well.
 *
 * @param {object} plan
 * @param {() => readonly Guarded[]} plan.sessions
 * @param {() => Promise<ReadonlySet<string>>} plan.activeNodes  Their labels. Asked every time: a busy
 *   machine may let a node look suspect for a moment.
 * @param {number} plan.deadlineMs
 * @param {number} plan.everyMs
 * @returns {Promise<void>}
 * @throws {import('../cluster/errors.mjs').LauncherError} `ERR_WAIT_DEADLINE`, naming who has no copy.
 */
export async function allProtected({ sessions, activeNodes, deadlineMs, everyMs }) {
  /** @type {ReadonlySet<string>} */
  let labels = new Set();
  /** @type {readonly Guarded[]} */
  let bare = [];
  const look = async () => {
    labels = await activeNodes();
    const isEverybody = bare.length === 0;
    bare = await withoutCopy(isEverybody ? sessions() : bare, labels);
    return isEverybody && bare.length === 0;
  };
  const detail = () =>
    `Nodes ${[...labels]}; without a copy there: ${bare.map((session) => session.handle())}`;
  const what = 'a copy of every session on a living node';
  await waitFor(what, look, { deadlineMs, everyMs, detail });
}

/**
 * @param {readonly Guarded[]} sessions
 * @param {ReadonlySet<string>} labels  Of the nodes that count.
 * @returns {Promise<Guarded[]>} Those that none of these holds a copy of.
 */
async function withoutCopy(sessions, labels) {
  /** @type {Guarded[]} */
  const bare = [];
  for (let first = 0; first < sessions.length; first += ASKED_AT_ONCE) {
    const some = sessions.slice(first, first + ASKED_AT_ONCE);
    const answers = await Promise.all(some.map((session) => session.copies()));
    const isBare = (/** @type {number} */ index) =>
      answers[index]?.every((label) => !labels.has(label)) === true;
    bare.push(...some.filter((_, index) => isBare(index)));
  }
  return bare;
}
