/**
 * Aborts `child` when `parent` is aborted; returns the function that unties them. Untying matters:
 * the parent may live as long as the page.
 */
export function tieAbort(parent: AbortSignal | undefined, child: AbortController): () => void {
  const abort = () => child.abort(parent?.reason);
  if (parent?.aborted) abort();
  parent?.addEventListener('abort', abort);
  return () => parent?.removeEventListener('abort', abort);
}

/** Settles as `work` does, or rejects with the signal's reason as soon as it is aborted. */
export async function untilAborted<Value>(
  work: Promise<Value>,
  signal: AbortSignal,
): Promise<Value> {
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
