import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { InternalError, TransportConnectError } from '../../errors.js';
import { checkOptions } from './embedded-bus.js';

export interface EmbeddedBusProcessOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Default 0: a free one. */
  readonly port?: number | undefined;
}

export interface EmbeddedBusProcess {
  /** As `natsTransport` takes it. */
  readonly url: string;
  readonly pid: number;
  /** Ends the process and waits until it is gone; idempotent. */
  close(): Promise<void>;
}

const READY = /^understudy-bus listening on (nats:\/\/\S+)$/;
const START_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 2_000;
const MAX_COMPLAINT_CHARACTERS = 4_096;

type BusChild = ChildProcessByStdio<null, Readable, Readable>;

/** Seen from the built file and from the source file. */
const PROGRAMS = ['./main.js', '../../../dist/transport/embedded/main.js'];

/**
 * Starts the embedded bus in a process of its own, for development and tests on one machine. It
 * ends with `close()` or with the process that started it, and does not keep that one alive.
 *
 * @throws OptionError for a host or port that is none
 * @throws TransportConnectError when it does not come up; `cause` has what it complained of
 */
export async function embeddedBus(
  options: EmbeddedBusProcessOptions = {},
): Promise<EmbeddedBusProcess> {
  checkOptions(options);
  const program = PROGRAMS.map((path) => fileURLToPath(new URL(path, import.meta.url))).find(
    existsSync,
  );
  if (program === undefined)
    throw new InternalError('the program of the embedded bus is not built');
  return startBusProcess(program, options);
}

/** @param program the built `main.js` */
export async function startBusProcess(
  program: string,
  { host = '127.0.0.1', port = 0 }: EmbeddedBusProcessOptions,
): Promise<EmbeddedBusProcess> {
  const args = [program, '--host', host, '--port', String(port), '--ignore-sigint'];
  // Over the fourth, the channel, the bus notices when this process is gone.
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  }) as BusChild;
  const complaint = remember(child.stderr);
  try {
    const url = await ready(child);
    release(child);
    return { url, pid: child.pid as number, close: () => stop(child) };
  } catch (error) {
    await stop(child);
    const cause = complaint() === '' ? error : new Error(complaint());
    throw new TransportConnectError([`${host}:${port}`], START_TIMEOUT_MS, { cause });
  }
}

async function ready(child: BusChild): Promise<string> {
  const gaveUp = AbortSignal.timeout(START_TIMEOUT_MS);
  const lines = createInterface({ input: child.stdout, signal: gaveUp });
  for await (const line of lines) {
    const url = READY.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error('the process ended before it was ready');
}

/** Keeps the last of what a process complains of, for the error. */
function remember(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    text = (text + chunk).slice(-MAX_COMPLAINT_CHARACTERS);
  });
  return () => text.trim();
}

/** The bus must not keep the process alive that merely forgot to close it. */
function release(child: BusChild): void {
  child.unref();
  child.channel?.unref();
  for (const stream of [child.stdout, child.stderr]) {
    stream.resume();
    if (stream instanceof Socket) stream.unref();
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.ref();
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const tooLong = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await gone;
  clearTimeout(tooLong);
}
