import type { AttachedSession } from './attached-session.js';

/** By client; undefined: it was refused. Entries go with their client. */
const attachments = new WeakMap<object, Promise<AttachedSession | undefined>>();

/** From the first moment: messages come while the session is still being opened. */
export function rememberAttachment(
  client: object,
  attaching: Promise<AttachedSession | undefined>,
): void {
  attachments.set(client, attaching);
}

/** Undefined: nobody attached one to this client. */
export function attachmentOf(client: object): Promise<AttachedSession | undefined> | undefined {
  return attachments.get(client);
}
