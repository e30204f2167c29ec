import { ADMIN_TOKEN_PATTERN, isLoopback } from '../../admin/access.js';
import type { FieldValues, Report } from '../field.js';
import { section } from '../field.js';
import { fieldOf, number, text } from '../fields.js';
import { HOST, PORT } from './listen.js';

/** Where operators connect. */
export const ADMIN = section({
  host: text(
    { fallback: '127.0.0.1', alias: 'ADMIN_HOST', restart: true },
    'an address or a name of this machine',
    HOST,
  ),
  port: number({ fallback: 8081, alias: 'ADMIN_PORT', restart: true }, PORT),
  /** What operators have to show; needed unless only this machine can connect. */
  token: fieldOf<string | undefined>(
    { fallback: undefined, restart: true },
    '16 to 512 of A-Z a-z 0-9 - . _ ~ + / =',
    (value) => (typeof value === 'string' && ADMIN_TOKEN_PATTERN.test(value) ? value : undefined),
    true,
  ),
  /** A file with nothing but the token in it. */
  tokenFile: text<string | undefined>({ fallback: undefined }, 'the path of a file'),
});

/** A port that the network reaches asks for a token, and for one only. */
export function checkAdmin(
  { host, token, tokenFile }: FieldValues<typeof ADMIN.fields>,
  report: Report,
): void {
  if (token !== undefined && tokenFile !== undefined) {
    const expected = 'nothing when there is a token (BALANCER_ADMIN_TOKEN)';
    report({ where: '', path: 'admin.tokenFile', shown: JSON.stringify(tokenFile), expected });
  }
  if (token === undefined && tokenFile === undefined && !isLoopback(host)) {
    const expected = `a token (BALANCER_ADMIN_TOKEN), because others can reach admin.host ${host}`;
    report({ where: '', path: 'admin.token', shown: 'undefined', expected });
  }
}
