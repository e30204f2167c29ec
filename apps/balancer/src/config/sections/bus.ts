import { section, type Written } from '../field.js';
import { fieldOf, filePath, flag, text } from '../fields.js';
import { completeOf, textsOf } from '../lists.js';

export interface KeyringEntry {
  readonly id: string;
  readonly secret: string;
}

const RESTART = { fallback: undefined, restart: true } as const;
const KEYRING_ENTRY = /^([A-Za-z0-9_.-]{1,32}):(.{32,})$/s;
const MAX_KEYS = 8;

/** The cluster's bus; without `servers` there is none. */
export const BUS = section({
  // Both may carry credentials, so a message never shows them.
  servers: fieldOf<string | undefined>(
    { ...RESTART, alias: 'UNDERSTUDY_BUS' },
    'nats://host:port, one or several',
    (value) => textsOf(value)?.join(','),
    true,
  ),
  /** In PEM. Who may have signed the certificate of the bus; without, those whom Node trusts. */
  caFile: filePath({ restart: true }),
  /** In PEM, for a bus that asks for a certificate of its clients. */
  certFile: filePath({ restart: true }),
  keyFile: filePath({ restart: true }),
  cluster: text<string | undefined>(
    { ...RESTART, alias: 'UNDERSTUDY_CLUSTER' },
    '1 to 64 of A-Z a-z 0-9 _ -',
    /^[A-Za-z0-9_-]{1,64}$/,
  ),
  /** The cluster's keys, newest first. */
  keyring: fieldOf<readonly KeyringEntry[] | undefined>(
    { ...RESTART, alias: 'UNDERSTUDY_KEYRING' },
    `1 to ${MAX_KEYS} of id:secret with secrets of at least 32 characters`,
    parseKeyring,
    true,
  ),
  /** While a keyring is introduced: messages that are not sealed are read, too. */
  acceptPlain: flag({ fallback: false, restart: true, alias: 'UNDERSTUDY_ACCEPT_PLAIN' }),
});

function parseKeyring(value: Written): readonly KeyringEntry[] | undefined {
  const entries = textsOf(value)?.map((entry) => {
    const [, id, secret] = KEYRING_ENTRY.exec(entry) ?? [];
    return id === undefined || secret === undefined ? undefined : { id, secret };
  });
  if (entries === undefined || entries.length > MAX_KEYS) return undefined;
  return completeOf(entries);
}
