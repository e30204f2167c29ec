import { OptionError } from '../../errors.js';
import { NATS_MAX_SERVERS } from '../limits.js';

export interface ServerList {
  /** As `host:port`, without credentials, fit for logs and errors. */
  readonly servers: readonly string[];
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
  /** An address began with `tls://`: none may be spoken to in the clear. */
  readonly tls?: true;
}

type Credentials = Pick<ServerList, 'user' | 'pass' | 'token'>;

const EXPECTED = 'addresses such as nats://host:4222 (nats, tls or no scheme; at least one)';
const DEFAULT_PORT = '4222';

/**
 * Takes the `servers` option apart. Credentials in an address (`nats://user:pass@host`,
 * `nats://token@host`) are honoured, as with nats-server's own tools, and taken out.
 *
 * @throws OptionError when an address cannot be one, or two carry different credentials
 */
export function parseServers(value: unknown): ServerList {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0 || list.length > NATS_MAX_SERVERS) {
    throw new OptionError('servers', value, EXPECTED);
  }
  const parsed = list.map((entry) => parseServer(entry));
  const credentials = parsed
    .map((entry) => entry.credentials)
    .filter((entry) => entry !== undefined);
  const [first, ...others] = credentials.map((entry) => JSON.stringify(entry));
  if (others.some((other) => other !== first)) {
    throw new OptionError(
      'servers',
      redact(list.join(',')),
      'the same credentials in all addresses',
    );
  }
  return {
    servers: parsed.map((entry) => entry.address),
    ...credentials[0],
    ...(list.some((entry) => /^\s*tls:/i.test(String(entry))) ? { tls: true } : {}),
  };
}

function parseServer(entry: unknown): { address: string; credentials: Credentials | undefined } {
  if (typeof entry !== 'string') throw new OptionError('servers', entry, EXPECTED);
  const text = entry.trim();
  const url = toUrl(text);
  if (url === undefined || url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new OptionError('servers', redact(text), EXPECTED);
  }
  // The port 80 of http is its default, which a URL leaves out.
  const port = url.port === '' ? (/:80\/?$/.test(text) ? '80' : DEFAULT_PORT) : url.port;
  return { address: `${url.hostname}:${port}`, credentials: credentialsOf(url) };
}

/** As http, because only for its own schemes a URL checks host and port. */
function toUrl(text: string): URL | undefined {
  const [, scheme, rest] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/is.exec(text) ?? [];
  if (scheme !== undefined && !['nats', 'tls'].includes(scheme.toLowerCase())) return undefined;
  try {
    return new URL(`http://${rest}`);
  } catch {
    return undefined;
  }
}

function credentialsOf(url: URL): Credentials | undefined {
  if (url.username === '') return undefined;
  const user = decodeURIComponent(url.username);
  return url.password === '' ? { token: user } : { user, pass: decodeURIComponent(url.password) };
}

/** An address in an error or a log must not carry a password along. */
function redact(text: string): string {
  return text.replace(/[^/@,\s]+@/g, '***@');
}
