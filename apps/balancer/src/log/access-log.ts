import { closeSync, openSync, write } from 'node:fs';
import { OptionError } from '../errors.js';
import type {
  ExchangeListener,
  RefusalListener,
  TunnelListener,
} from '../proxy/exchange-report.js';
import { lineOfExchange, lineOfRefusal, lineOfTunnel } from './access-line.js';
import { LineWriter } from './line-writer.js';

export interface AccessLogOptions {
  /** `stdout`, or the path of a file, which is appended to. */
  readonly destination: string;
  /** Bytes that may wait to be written; read anew for each line. */
  readonly maxBytes: () => number;
  readonly onDropped: (lines: number) => void;
}

/** A line for every request, once it has ended, and one for every tunnel. */
export interface AccessLog {
  readonly onExchange: ExchangeListener;
  readonly onRefused: RefusalListener;
  readonly onTunnel: TunnelListener;
  /** Opens the file anew, in case that it was moved away; keeps the former one when it cannot. */
  reopen(): void;
  /** Writes what waits, if that can be had soon. */
  close(): Promise<void>;
}

const CLOSE_MS = 1_000;
const STANDARD_OUTPUT = 1;
/** A pipe takes as much in one piece, so that lines of several processes never mix. */
const PIPE_BYTES = 4_096;
const FILE_BYTES = 64 * 1024;

/** @throws OptionError when the file cannot be opened. */
export function openAccessLog({ destination, maxBytes, onDropped }: AccessLogOptions): AccessLog {
  const isFile = destination !== 'stdout';
  let descriptor = isFile ? openFile(destination) : STANDARD_OUTPUT;
  /** The one a write is under way to, which must not be closed. */
  let writtenTo: number | undefined;
  const writer = new LineWriter({
    write: (bytes, done) => {
      const used = descriptor;
      writtenTo = used;
      // Not through process.stdout: it would wait for a slow reader, and every request with it.
      write(used, bytes, (error, written) => {
        writtenTo = undefined;
        if (used !== descriptor) closeSync(used);
        done(error, written);
      });
    },
    maxBytes,
    chunkBytes: isFile ? FILE_BYTES : PIPE_BYTES,
    onDropped,
    onError: (error) => console.error(`balancer: the access log cannot be written: ${error}`),
  });
  return {
    onExchange: (report) => writer.add(lineOfExchange(report, Date.now())),
    onRefused: (refused) => writer.add(lineOfRefusal(refused, Date.now())),
    onTunnel: (report) => writer.add(lineOfTunnel(report, Date.now())),
    reopen() {
      if (!isFile) return;
      try {
        const next = openFile(destination);
        if (writtenTo !== descriptor) closeSync(descriptor);
        descriptor = next;
      } catch (error) {
        console.error(`balancer: the access log stays where it was: ${error}`);
      }
    },
    async close() {
      await writer.flush(CLOSE_MS);
      if (isFile && writtenTo === undefined) closeSync(descriptor);
    },
  };
}

function openFile(path: string): number {
  try {
    return openSync(path, 'a', 0o640);
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new OptionError('accessLog', path, `a file that can be written (${code})`);
  }
}
