// @ts-check
// `npm start`: the whole system on this machine; see `npm start -- --help`.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { build } from './cluster/build.mjs';
import { explainError } from './cluster/errors.mjs';
import { STATE_DIRECTORY } from './cluster/paths.mjs';
import { assertPortFree } from './cluster/ports.mjs';
import { HOST } from './cluster/programs.mjs';
import { startSystem } from './cluster/system.mjs';
import { describeEvent, keyCommands } from './start/commands.mjs';
import { parseStartOptions, START_HELP } from './start/options.mjs';
import { readKeys } from './start/terminal.mjs';

/** @typedef {import('./cluster/system.mjs').System} System */

const say = (/** @type {string} */ line) => void process.stdout.write(`${line}\n`);

/** Resolves with the exit code as soon as somebody or something asks for the end. */
const stopWish = stopRequest();

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${explainError(error)}\n`);
  process.exitCode = 1;
}
// A browser's kept-alive connection or an open stdin is no reason to stay.
process.exit();

/** @returns {Promise<number>} */
async function main() {
  const options = parseStartOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(START_HELP);
    return 0;
  }
  const { port, adminPort } = options;
  await assertPortFree({ host: HOST, port, what: 'shop', flag: '--port' });
  await assertPortFree({ host: HOST, port: adminPort, what: 'dashboard', flag: '--admin-port' });
  say('Building …');
  await build();
  mkdirSync(STATE_DIRECTORY, { recursive: true });
  const shops = options.nodes === 1 ? 'one shop' : `${options.nodes} shops`;
  say(`Starting the bus, ${shops} and the balancer …`);
  let announced = false;
  const starting = startSystem({
    nodes: options.nodes,
    directory: STATE_DIRECTORY,
    port,
    adminPort,
    ...(options.natsUrl === undefined ? {} : { busUrl: options.natsUrl }),
    ...(options.redisUrl === undefined ? {} : { shopEnv: { UNDERSTUDY_REDIS: options.redisUrl } }),
    onEvent: (event) => {
      if (announced) say(describeEvent(event));
      if (event.type === 'balancer-died') stopWish.ask(1);
    },
  });
  const system = await Promise.race([starting, stopWish.asked.then(() => null)]);
  // Asked to end while starting. Leaving is enough: the guard ends what has been started so far.
  if (system === null) return stopWish.asked;
  announced = true;
  announce(system, shops);
  if (options.open) openBrowser(system.url);
  return serve(system);
}

/**
 * @param {System} system
 * @returns {Promise<number>}
 */
async function serve(system) {
  const commands = keyCommands(system, { say, random: Math.random });
  const keys = readKeys((key) => {
    if (key === 'q' || key === '\u0003') return stopWish.ask(0);
    const command = Object.hasOwn(commands, key) ? commands[key] : undefined;
    command?.().catch((error) => say(explainError(error)));
  });
  if (keys.listening) say('Keys: k kill a shop, d drain one, a add one, q quit.');
  else say('Stop it with SIGINT (Ctrl-C) or SIGTERM.');
  const code = await stopWish.asked;
  keys.close();
  say('Stopping: shops finish what they do and leave …');
  const impatient = stopWish.askedAgain.then(() => system.abandon());
  await Promise.race([system.stop(), impatient]);
  say('Stopped.');
  return code;
}

/**
 * @param {System} system
 * @param {string} shops
 */
function announce(system, shops) {
  say(`
  Shop       ${system.url}
  Dashboard  ${system.adminUrl}
  Bus        ${system.bus.description}
  Cluster    ${system.clusterName}, ${shops}
`);
}

/**
 * `asked` resolves with the exit code at the first wish to end, `askedAgain` at the second one.
 */
function stopRequest() {
  const first = deferred();
  const second = deferred();
  let next = first;
  const ask = (/** @type {number} */ code) => {
    next.resolve(code);
    next = second;
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => ask(0));
  // The reader of our output has gone (`npm start | head`): nobody is left to run for.
  process.stdout.once('error', () => ask(0));
  process.stdout.on('error', () => undefined);
  return { ask, asked: first.promise, askedAgain: second.promise };
}

function deferred() {
  /** @type {(code: number) => void} */
  let resolve = () => undefined;
  /** @type {Promise<number>} */
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** @param {string} url */
function openBrowser(url) {
  /** @type {Readonly<Record<string, [string, string[]]>>} */
  const openers = { darwin: ['open', [url]], win32: ['cmd', ['/c', 'start', '', url]] };
  const [command, args] = openers[process.platform] ?? ['xdg-open', [url]];
  const child = spawn(command, args, { detached: true, stdio: 'ignore' });
  child.on('error', () => say(`No browser could be opened; the shop is at ${url}`));
  child.unref();
}
