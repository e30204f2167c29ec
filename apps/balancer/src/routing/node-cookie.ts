import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { LABEL_PATTERN } from '../contract.js';

/** The cookie in which the balancer notes the node of a client, as browsers get it. */
export interface NodeCookieOptions {
  readonly name: string;
  readonly path: string;
  readonly domain: string | undefined;
  readonly sameSite: 'strict' | 'lax' | 'none';
  /** `auto`: over https only. */
  readonly secure: boolean | 'auto';
  readonly httpOnly: boolean;
  /** Seconds from when it was set; undefined: until the browser is closed. */
  readonly maxAge: number | undefined;
  /** Nodes get to see it, and may set it. */
  readonly passOn: boolean;
}

export const DEFAULT_NODE_COOKIE: NodeCookieOptions = {
  name: 'sid-node',
  path: '/',
  domain: undefined,
  sameSite: 'lax',
  secure: 'auto',
  httpOnly: true,
  maxAge: undefined,
  passOn: false,
};

export interface ReadNodeCookie {
  readonly label: string;
  /** Signed with the newest secret; others are replaced. */
  readonly isNewest: boolean;
}

const VERSION = 'v1';
const MAC_LENGTH = 22;
const MAX_LENGTH = VERSION.length + 1 + 32 + 1 + MAC_LENGTH;
const KEY_BYTES = 32;
const LABELS_KEPT = 1_024;

/**
 * `v1.<label>.<mac>`: a label and the proof that a balancer of this secret wrote it, so that nobody
 * chooses a node by making one up. No address, no time, nothing of the client.
 *
 * The MAC is over the label and the value of the application's cookie that it goes along with, if
 * it does with one.
 */
export class NodeCookie {
  readonly #keys: readonly Buffer[];
  readonly #attributes: Readonly<Record<'http' | 'https', string>>;
  /** Of each label by key; without an application's cookie they never change. */
  readonly #macs = new Map<string, readonly string[]>();

  /** @param secrets Newest first; the others are still read. */
  constructor(
    readonly options: NodeCookieOptions,
    secrets: readonly string[],
  ) {
    this.#keys = secrets.map((secret) => {
      return Buffer.from(hkdfSync('sha256', secret, '', 'balancer-node-cookie', KEY_BYTES));
    });
    this.#attributes = { http: attributesOf(options, false), https: attributesOf(options, true) };
  }

  /**
   * What a value says; undefined when it was not written with a secret of ours. Labels that are not
   * known are not looked at any further: nothing is computed for what somebody has made up.
   */
  read(
    value: string,
    isKnown: (label: string) => boolean,
    application: string | undefined,
  ): ReadNodeCookie | undefined {
    const label = labelOf(value);
    if (label === undefined || !isKnown(label)) return undefined;
    const mac = Buffer.from(value.slice(-MAC_LENGTH));
    const index = this.#macsOf(label, application).findIndex((expected) => {
      const bytes = Buffer.from(expected);
      return bytes.length === mac.length && timingSafeEqual(bytes, mac);
    });
    return index === -1 ? undefined : { label, isNewest: index === 0 };
  }

  /** The value of a `Set-Cookie` field. */
  write(label: string, application: string | undefined, protocol: 'http' | 'https'): string {
    const [mac] = this.#macsOf(label, application);
    return `${this.options.name}=${VERSION}.${label}.${mac}${this.#attributes[protocol]}`;
  }

  #macsOf(label: string, application: string | undefined): readonly string[] {
    if (application !== undefined) return this.#sign(label, application);
    const known = this.#macs.get(label);
    if (known !== undefined) return known;
    const macs = this.#sign(label, '');
    // Nodes may take a new label with each start.
    if (this.#macs.size >= LABELS_KEPT) this.#macs.clear();
    this.#macs.set(label, macs);
    return macs;
  }

  #sign(label: string, application: string): readonly string[] {
    // A label has no dot, so the three cannot be taken for others.
    const text = `${VERSION}.${label}.${application}`;
    return this.#keys.map((key) => {
      return createHmac('sha256', key).update(text).digest('base64url').slice(0, MAC_LENGTH);
    });
  }
}

/** The label in a value of this form, whoever wrote it; undefined for anything else. */
export function labelOf(value: string): string | undefined {
  if (value.length > MAX_LENGTH || !value.startsWith(`${VERSION}.`)) return undefined;
  const end = value.length - MAC_LENGTH - 1;
  const label = value.slice(VERSION.length + 1, end);
  return value[end] === '.' && LABEL_PATTERN.test(label) ? label : undefined;
}

function attributesOf(options: NodeCookieOptions, isHttps: boolean): string {
  const { path, domain, sameSite, secure, httpOnly, maxAge } = options;
  const isSecure = secure === 'auto' ? isHttps : secure;
  const attributes = [
    `Path=${path}`,
    domain === undefined ? '' : `Domain=${domain}`,
    maxAge === undefined ? '' : `Max-Age=${maxAge}`,
    isSecure ? 'Secure' : '',
    httpOnly ? 'HttpOnly' : '',
    `SameSite=${sameSite[0]?.toUpperCase()}${sameSite.slice(1)}`,
  ];
  return attributes
    .filter((attribute) => attribute !== '')
    .map((text) => `; ${text}`)
    .join('');
}
