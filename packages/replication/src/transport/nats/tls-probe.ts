import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { NATS_MAX_ANNOUNCEMENT_BYTES } from '../limits.js';

/** What one server says of TLS; a field is undefined where it did not come to that. */
export interface TlsProbe {
  readonly offered?: boolean;
  /** Why its certificate is not to be trusted, as a code of Node. */
  readonly untrusted?: string;
  /** Why it ended the handshake, such as `bad certificate`. */
  readonly alert?: string;
}

const PROBE_TIMEOUT_MS = 2_000;
/** Over TLS 1.3 a refusal comes a round trip after the handshake; then there is none. */
const ALERT_WAIT_MS = 1_000;

/**
 * Does what the client does up to the end of the handshake, and then waits without a word. The client
 * writes at once; a server that refuses its certificate answers that with a reset, by which its alert
 * is lost.
 */
export function probeTls(
  address: string,
  own: ConnectionOptions,
  handshakeFirst: boolean,
): Promise<TlsProbe> {
  const { hostname, port } = new URL(`http://${address}`);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connectTcp(Number(port || 80), host);
    const finish = (probe: TlsProbe): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(probe);
    };
    const timer = setTimeout(() => finish({}), PROBE_TIMEOUT_MS);
    socket.on('error', () => finish({}));
    socket.on('close', () => finish({}));
    const options = { servername: isIP(host) ? '' : host, ...own };
    const shake = (): void => shakeHands(socket, options, finish);
    if (handshakeFirst) socket.once('connect', shake);
    else awaitAnnouncement(socket, (offered) => (offered ? shake() : finish({ offered })));
  });
}

/** The first line of a server says whether it has TLS. */
function awaitAnnouncement(socket: Socket, done: (offered: boolean) => void): void {
  let text = '';
  const onData = (chunk: Buffer): void => {
    text += chunk.toString('latin1');
    if (!text.includes('\n') && text.length < NATS_MAX_ANNOUNCEMENT_BYTES) return;
    socket.off('data', onData);
    done(/"tls_(required|available)"\s*:\s*true/.test(text));
  };
  socket.on('data', onData);
}

function shakeHands(
  socket: Socket,
  options: ConnectionOptions,
  finish: (probe: TlsProbe) => void,
): void {
  // Judged here and told as a code: an error of TLS would hide what the server makes of us.
  const secured = connectTls({ ...options, socket, rejectUnauthorized: false });
  let untrusted: string | undefined;
  secured.once('secureConnect', () => {
    if (options.rejectUnauthorized !== false) untrusted = distrustOf(secured);
    if (untrusted !== undefined) finish({ offered: true, untrusted });
    else setTimeout(() => finish({ offered: true }), ALERT_WAIT_MS).unref();
  });
  secured.on('error', (error: NodeJS.ErrnoException) => {
    const alert = alertOf(error.code ?? '');
    finish({ offered: true, ...(alert === undefined ? {} : { alert }) });
  });
}

function distrustOf({ authorized, authorizationError }: TLSSocket): string | undefined {
  if (authorized) return undefined;
  // Declared as an error; Node gives the code.
  const told: unknown = authorizationError;
  const code = (told as { readonly code?: unknown } | null)?.code ?? told;
  return typeof code === 'string' ? code : 'not authorized';
}

/** `ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE` is `bad certificate`. */
function alertOf(code: string): string | undefined {
  const [, sent, found] = /^ERR_SSL_(?:.*ALERT_(\w+)|(\w+))$/.exec(code) ?? [];
  return (sent ?? found)?.toLowerCase().replaceAll('_', ' ');
}
