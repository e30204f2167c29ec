// @ts-check
import { LauncherError } from './errors.mjs';

/**
 * @typedef {{ kind: 'integer', min: number, max: number, placeholder: string, help: string }
 *   | { kind: 'share', placeholder: string, help: string }
 *   | { kind: 'text', placeholder: string, help: string }
 *   | { kind: 'choice', choices: readonly string[], placeholder: string, help: string }
 *   | { kind: 'switch', help: string }} Flag
 *
 * @typedef {Readonly<Record<string, Flag>>} Flags  By name, without the dashes.
 */

/**
 * Reads `--name value`, `--name=value` and `--switch`.
 *
 * @param {Flags} flags
 * @param {readonly string[]} argv
 * @returns {Record<string, string | number | boolean>} Only what was given.
 * @throws {LauncherError} `ERR_OPTIONS`; the message names flag, value and expectation.
 */
export function parseFlags(flags, argv) {
  /** @type {Record<string, string | number | boolean>} */
  const values = {};
  const rest = [...argv];
  for (let text = rest.shift(); text !== undefined; text = rest.shift()) {
    const match = /^--([a-z][a-z-]*)(?:=(.*))?$/s.exec(text);
    const name = match?.[1] ?? '';
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
    if (flag === undefined) throw unknownFlag(flags, text);
    if (flag.kind === 'switch') {
      if (match?.[2] !== undefined) throw refuse(`--${name} takes no value.`);
      values[name] = true;
      continue;
    }
    const value = match?.[2] ?? rest.shift();
    if (value === undefined || value === '') throw refuse(`--${name} expects ${expected(flag)}.`);
    values[name] = readValue(name, flag, value);
  }
  return values;
}

/**
 * @param {Flags} flags
 * @returns {string} One line for each flag.
 */
export function describeFlags(flags) {
  const rows = Object.entries(flags).map(([name, flag]) => {
    const value = flag.kind === 'switch' ? '' : ` ${flag.placeholder}`;
    return { left: `--${name}${value}`, help: flag.help };
  });
  const width = Math.max(...rows.map(({ left }) => left.length));
  return rows.map(({ left, help }) => `  ${left.padEnd(width)}  ${help}`).join('\n');
}

/**
 * @param {string} name
 * @param {Exclude<Flag, { kind: 'switch' }>} flag
 * @param {string} value
 */
function readValue(name, flag, value) {
  if (flag.kind === 'text') return value;
  if (flag.kind === 'choice') {
    if (flag.choices.includes(value)) return value;
    throw refuse(`--${name} ${value}: expected ${expected(flag)}.`);
  }
  const isShare = flag.kind === 'share';
  const form = isShare ? /^(?:0|1|0?\.\d{1,6}|1\.0{1,6})$/ : /^\d{1,10}$/;
  const number = form.test(value) ? Number(value) : Number.NaN;
  if (isShare ? number >= 0 : number >= flag.min && number <= flag.max) return number;
  throw refuse(`--${name} ${value}: expected ${expected(flag)}.`);
}

/** @param {Exclude<Flag, { kind: 'switch' }>} flag */
function expected(flag) {
  if (flag.kind === 'text') return flag.placeholder;
  if (flag.kind === 'choice') return flag.choices.join(' or ');
  if (flag.kind === 'share') return 'a number from 0 to 1, such as 0.3';
  return `a whole number from ${flag.min} to ${flag.max}`;
}

/**
 * @param {Flags} flags
 * @param {string} text
 */
function unknownFlag(flags, text) {
  const known = Object.keys(flags).map((name) => `--${name}`);
  const what = text.startsWith('-') ? `Unknown flag ${text}` : `Unexpected argument ${text}`;
  return refuse(`${what}. Known: ${known.join(' ')}.`);
}

/** @param {string} message */
function refuse(message) {
  return new LauncherError('ERR_OPTIONS', message);
}
