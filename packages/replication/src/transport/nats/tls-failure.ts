import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { NodeConnectionOptions } from '@nats-io/transport-node';
import type { TransportTlsReason } from '../../errors.js';
import { probeTls, type TlsProbe } from './tls-probe.js';

type NatsTls = NodeConnectionOptions['tls'];

export interface TlsFailure {
  readonly reason: TransportTlsReason;
  /** For a message: no path, no key, nothing of a certificate. */
  readonly why: string;
  readonly cause: unknown;
}

/** Above or below TLS, so that looking at TLS would only take time. */
const OTHER_ERRORS = ['AuthorizationError', 'TimeoutError'];
const OTHER_CODES = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];

const FILES = { ca: 'caFile', cert: 'certFile', key: 'keyFile' } as const;

/** A file of the `tls` option cannot be read. */
class UnreadableFile extends Error {}

/**
 * Says whether it was TLS that kept the client from `address`, and what of it. The client's own error
 * does not tell: over TLS 1.3 a refused certificate comes as a reset connection.
 */
export async function explainTlsFailure(
  address: string,
  tls: NatsTls,
  error: unknown,
): Promise<TlsFailure | undefined> {
  if (isOther(error)) return undefined;
  let own: SecureContextOptions;
  try {
    own = await readOwn(tls ?? {});
    createSecureContext(own);
  } catch (fault) {
    const why =
      fault instanceof UnreadableFile
        ? fault.message
        : `tls.ca, tls.cert and tls.key cannot be used (${codeOf(fault)})`;
    return { reason: 'own-certificate', why, cause: fault };
  }
  const probe = await probeTls(address, own, tls?.handshakeFirst === true);
  return judge(probe, own, Boolean(tls), error);
}

function isOther(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const codes = [codeOf(error), codeOf(error.cause)];
  return OTHER_ERRORS.includes(error.name) || codes.some((code) => OTHER_CODES.includes(code));
}

/** As the client does: a file wins over the content. */
async function readOwn(tls: NonNullable<NatsTls>): Promise<SecureContextOptions> {
  const own: SecureContextOptions = { ...tls };
  for (const [name, file] of Object.entries(FILES) as [keyof typeof FILES, 'caFile'][]) {
    const path = tls[file];
    if (!path) continue;
    own[name] = await readFile(path).catch((cause: unknown) => {
      throw new UnreadableFile(`tls.${file} cannot be read (${codeOf(cause)})`);
    });
  }
  return own;
}

function judge(
  { offered, untrusted, alert }: TlsProbe,
  own: SecureContextOptions,
  wanted: boolean,
  cause: unknown,
): TlsFailure | undefined {
  if (offered === false) {
    if (!wanted) return undefined;
    const why = 'it is asked for and the bus has none; name the bus as nats:// or give it TLS';
    return { reason: 'not-offered', why, cause };
  }
  if (untrusted !== undefined) {
    const why = `the certificate of the bus is not trusted (${untrusted}); tls.ca names who may issue it`;
    return { reason: 'server-certificate', why, cause };
  }
  if (alert === undefined) return undefined;
  if (!/certificate|ca$|access/.test(alert)) {
    return { reason: 'handshake', why: `there is no TLS that both speak (${alert})`, cause };
  }
  const hasOwn = (own.cert !== undefined && own.key !== undefined) || own.pfx !== undefined;
  const why = hasOwn
    ? `the bus refuses the certificate of this node (${alert})`
    : `the bus asks for a client certificate and this node has none; set tls.cert and tls.key`;
  return { reason: 'client-certificate', why, cause };
}

function codeOf(fault: unknown): string {
  const code = (fault as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : 'no code';
}
