import type { ExecutionContext } from '@nestjs/common';
import { SessionUsageError } from '../errors.js';

const ROOT = 'import SessionModule.forRoot() in the root module';

/** What has to be done, by the kind of handler; others have no HTTP request. */
const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['http', `${ROOT} (the path of the health check has none either)`],
  ['graphql', `${ROOT}, and leave req in the context`],
  [
    'ws',
    'call attachSession() in handleConnection() of the gateway and go on only with what it attached',
  ],
]);

/** For a handler that asks for a session where there is none: says what is missing. */
export function noSession(context: ExecutionContext): SessionUsageError {
  const type = context.getType<string>();
  const elsewhere = `handlers of ${type} have no HTTP request; pass what they need in the message`;
  return new SessionUsageError(`there is no session here: ${REMEDIES.get(type) ?? elsewhere}`);
}
