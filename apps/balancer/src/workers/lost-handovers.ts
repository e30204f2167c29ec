import type { ChildProcess } from 'node:child_process';

/** A connection as the cluster module sends it to a worker. */
interface Handle {
  close(): void;
}

interface Handover {
  readonly act?: unknown;
  readonly seq?: unknown;
  readonly ack?: unknown;
}

/**
 * Closes the connections that were on their way to a worker when it died. The cluster module forgets
 * them: it waits for the worker's answer, and their clients would for theirs, for ever. Depends on how
 * that module speaks with its workers; where it speaks otherwise, nothing is done.
 */
export function closeLostHandovers(worker: ChildProcess): void {
  const underWay = new Map<unknown, Handle>();
  const send = worker.send.bind(worker) as (...all: unknown[]) => boolean;
  worker.send = (message: Handover, handle?: unknown, ...others: unknown[]): boolean => {
    if (message.act === 'newconn' && isHandle(handle)) underWay.set(message.seq, handle);
    return send(message, handle, ...others);
  };
  worker.on('internalMessage' as 'message', (message) => {
    underWay.delete((message as Handover | null)?.ack);
  });
  worker.once('exit', () => {
    for (const handle of underWay.values()) handle.close();
    underWay.clear();
  });
}

function isHandle(value: unknown): value is Handle {
  return typeof value === 'object' && value !== null && 'close' in value;
}
