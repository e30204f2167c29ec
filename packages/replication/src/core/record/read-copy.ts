import type { CoreContext } from '../context.js';
import { decodeCopy } from './content.js';
import type { Stamp } from './lineage-past.js';
import type { RecordContent } from './record.js';

/**
 * What a copy holds; undefined, and reported, when it cannot be read: one broken record must not take
 * down every node that tries to lead it.
 */
export function readCopy(
  context: CoreContext,
  key: string,
  copy: Stamp & { readonly base: Uint8Array; readonly tail: readonly Uint8Array[] },
): RecordContent | undefined {
  try {
    return decodeCopy(context.codec, copy.base, copy.tail, context.nowMs, copy);
  } catch {
    context.notice({ kind: 'unreadable', key });
    return undefined;
  }
}
