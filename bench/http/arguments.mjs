// @ts-check
import { parseArgs } from 'node:util';
import { SCENARIOS } from './scenarios.mjs';
import { PLATFORMS, VARIANTS } from './variants.mjs';

/** @typedef {import('./variants.mjs').Sessions} Sessions */

/**
 * @typedef {object} Wanted
 * @property {readonly import('./variants.mjs').Variant['platform'][]} platforms
 * @property {readonly import('./scenarios.mjs').Scenario[]} scenarios
 * @property {readonly Sessions[]} sessions  Who takes part.
 * @property {number} rounds
 * @property {number} durationMs
 * @property {string | undefined} profile  Folder for a profile of each application and each backup.
 */

/** @type {readonly Sessions[]} */
const SESSIONS = [...new Set(VARIANTS.map(({ sessions }) => sessions))];
const SCENARIO_NAMES = SCENARIOS.map(({ name }) => name);

export const USAGE = `usage: npm run bench:http -- [options]

  --platform <name>   ${PLATFORMS.join(', ')}; may be repeated; default both
  --scenario <name>   ${SCENARIO_NAMES.join(', ')};
                      may be repeated; default all
  --sessions <name>   ${SESSIONS.join(', ')};
                      may be repeated; default all but least
  --rounds <n>        default 5
  --seconds <n>       of each round and kind of sessions, whole; default 2
  --profile <folder>  writes a profile of each application and each backup into it
  --help`;

/**
 * @param {readonly string[]} argv
 * @returns {Wanted | 'help'}
 * @throws {Error} For what it does not know; the message names option, value and expectation.
 */
export function readArguments(argv) {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      platform: { type: 'string', multiple: true, default: [...PLATFORMS] },
      scenario: { type: 'string', multiple: true, default: SCENARIO_NAMES },
      sessions: {
        type: 'string',
        multiple: true,
        default: SESSIONS.filter((name) => name !== 'least'),
      },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '2' },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const names = oneOf('scenario', values.scenario, SCENARIO_NAMES);
  return {
    platforms: oneOf('platform', values.platform, PLATFORMS),
    scenarios: SCENARIOS.filter(({ name }) => names.includes(name)),
    sessions: oneOf('sessions', values.sessions, SESSIONS),
    rounds: wholeNumber('rounds', values.rounds),
    // wrk takes whole seconds.
    durationMs: wholeNumber('seconds', values.seconds) * 1000,
    profile: values.profile,
  };
}

/**
 * @template {string} Name
 * @param {string} option
 * @param {readonly string[]} given
 * @param {readonly Name[]} known
 * @returns {Name[]}
 */
function oneOf(option, given, known) {
  const wrong = given.find((name) => !known.includes(/** @type {Name} */ (name)));
  if (wrong === undefined) return /** @type {Name[]} */ ([...given]);
  throw new Error(`--${option} is "${wrong}"; it must be one of ${known.join(', ')}`);
}

/** @param {string} option @param {string} text */
function wholeNumber(option, text) {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new Error(`--${option} is "${text}"; it must be a whole number, at least 1`);
}
