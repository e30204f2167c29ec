import { createSecureContext, type SecureContext } from 'node:tls';
import { OptionError } from '../errors.js';

/** A certificate with those that vouch for it, and its key, both in PEM. */
export interface Certificate {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

export interface NamedCertificate extends Certificate {
  /** Names that clients ask for, as `shop.example` or, for one label, `*.shop.example`. */
  readonly names: readonly string[];
}

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** What the balancer needs to end TLS. */
export interface TlsOptions extends Certificate {
  /** Certificates for names other than those of the first one. */
  readonly sni?: readonly NamedCertificate[] | undefined;
  /** Default TLSv1.2. */
  readonly minVersion?: TlsVersion | undefined;
  /**
   * Sessions are resumed by ids, which affinity can go by, rather than by tickets. Costs every
   * connection of TLS 1.3 a whole handshake. Default false.
   */
  readonly sessionIds?: boolean | undefined;
  /**
   * 48 random bytes that several processes on one port have in common, so that each can resume what
   * another began. Default: this process has its own.
   */
  readonly ticketKeys?: Uint8Array | undefined;
}

const TICKET_KEY_BYTES = 48;

export const SERVER_NAME = /^(?:\*\.)?[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*$/;

/** What clients are shown, by the name they ask for. Made as a whole, so changed as a whole. */
export class CertificateTable {
  readonly #contexts = new Map<string, SecureContext>();

  /** @throws OptionError naming the first certificate that cannot be used. */
  constructor(
    readonly options: TlsOptions,
    secure: Readonly<{ secureOptions: number }> = { secureOptions: 0 },
  ) {
    const { minVersion = 'TLSv1.2', sni = [], ticketKeys } = options;
    if (ticketKeys !== undefined && ticketKeys.length !== TICKET_KEY_BYTES) {
      // Secret, so only their number is told.
      throw new OptionError('tls.ticketKeys', `${ticketKeys.length} bytes`, '48 bytes');
    }
    contextOf('tls', options, { ...secure, minVersion });
    for (const [index, { names, cert, key }] of sni.entries()) {
      const option = `tls.sni[${index}]`;
      const context = contextOf(option, { cert, key }, { ...secure, minVersion });
      for (const name of names) this.#add(`${option}.names`, name, context);
    }
  }

  /** Undefined: the first certificate is shown, and the client may take it or leave it. */
  find(name: string): SecureContext | undefined {
    const wanted = name.toLowerCase();
    const exact = this.#contexts.get(wanted);
    if (exact !== undefined || !wanted.includes('.')) return exact;
    return this.#contexts.get(`*${wanted.slice(wanted.indexOf('.'))}`);
  }

  #add(option: string, name: string, context: SecureContext): void {
    const key = name.toLowerCase();
    if (!SERVER_NAME.test(name) || this.#contexts.has(key)) {
      throw new OptionError(option, name, 'names, each once');
    }
    this.#contexts.set(key, context);
  }
}

function contextOf(
  option: string,
  { cert, key }: Certificate,
  options: Readonly<{ minVersion: TlsVersion; secureOptions: number }>,
): SecureContext {
  try {
    return createSecureContext({ ...options, cert, key });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Neither of the two belongs in a message.
    const expected = `a certificate and its key in PEM (${code ?? message})`;
    throw new OptionError(option, 'unusable', expected);
  }
}
