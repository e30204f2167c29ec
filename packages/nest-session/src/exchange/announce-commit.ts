import type { Principal } from '../session/principal.js';
import type { Client } from './client.js';
import type { SessionRuntime } from './session-runtime.js';
import type { Written } from './write-record.js';

/** What a commit was for. */
export interface CommitIntents {
  readonly isNew: boolean;
  readonly login: Principal | undefined;
  readonly reason: 'age' | undefined;
  readonly client: Pick<Client, 'ip'>;
}

/** Tells the audit log what a commit did to the session. */
export function announceCommit(
  { emit }: SessionRuntime,
  { key, previous }: Omit<Written, 'result'>,
  { isNew, login, reason, client }: CommitIntents,
): void {
  if (isNew) emit({ kind: 'created', session: key });
  if (login) emit({ kind: 'login', session: key, previous, principal: login.id, ip: client.ip });
  else if (previous !== undefined) emit({ kind: 'rotated', session: key, previous, reason });
}
