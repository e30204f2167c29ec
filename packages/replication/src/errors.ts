/** Stable codes of every error this package throws; mirrored in `docs/errors.md`. */
export type ReplicationErrorCode =
  | 'ERR_OPTION'
  | 'ERR_VALUE'
  | 'ERR_SESSION_UNAVAILABLE'
  | 'ERR_NOT_OWNER'
  | 'ERR_COMMIT_UNKNOWN'
  | 'ERR_CLUSTER_STOPPED'
  | 'ERR_TRANSPORT_CLOSED'
  | 'ERR_TRANSPORT_CONNECT'
  | 'ERR_TRANSPORT_TLS'
  | 'ERR_MESSAGE_TOO_LARGE'
  | 'ERR_FRAME'
  | 'ERR_LIMIT'
  | 'ERR_TIER_UNAVAILABLE'
  | 'ERR_INTERNAL';

export abstract class ReplicationError extends Error {
  abstract readonly code: ReplicationErrorCode;
  override readonly name: string = this.constructor.name;
}

/** An option is missing, of the wrong type or out of range, or two options clash. */
export class OptionError extends ReplicationError {
  readonly code = 'ERR_OPTION';
  constructor(
    readonly option: string,
    readonly value: unknown,
    readonly expected: string,
  ) {
    super(`option ${option} is ${describe(value)}, expected ${expected}`);
  }
}

/** A value cannot live in a session; `path` says which. */
export class SessionValueError extends ReplicationError {
  readonly code = 'ERR_VALUE';
  constructor(
    readonly path: readonly (string | number)[],
    readonly reason: string,
  ) {
    super(`session value at ${formatPath(path)} ${reason}`);
  }
}

/** The session cannot be served right now and nothing was changed: repeat after `retryAfterMs`. */
export class SessionUnavailableError extends ReplicationError {
  readonly code = 'ERR_SESSION_UNAVAILABLE';
  constructor(
    readonly reason: string,
    readonly retryAfterMs: number,
    options?: ErrorOptions,
  ) {
    super(`session is not available: ${reason}`, options);
  }
}

/**
 * The bus is away and another node leads the session: nothing ran here, and that node can serve it
 * from memory. Send the request there, once.
 */
export class NotOwnerError extends ReplicationError {
  readonly code = 'ERR_NOT_OWNER';
  constructor(
    /** Its label. */
    readonly owner: string,
  ) {
    super(`the bus is not connected and node ${owner} leads the session`);
  }
}

/** The owner was lost between send and acknowledgement: the change may or may not have happened. */
export class CommitUnknownError extends ReplicationError {
  readonly code = 'ERR_COMMIT_UNKNOWN';
  constructor(readonly commitId: string) {
    super('the owner was lost before it answered; the change may or may not have been applied');
  }
}

/** The cluster was stopped, or was never started. */
export class ClusterStoppedError extends ReplicationError {
  readonly code = 'ERR_CLUSTER_STOPPED';
  constructor() {
    super('the session cluster is stopped');
  }
}

/** The transport was closed, by us or by the bus. */
export class TransportClosedError extends ReplicationError {
  readonly code = 'ERR_TRANSPORT_CLOSED';
  constructor(options?: ErrorOptions) {
    super('the transport is closed', options);
  }
}

/** The bus could not be reached within `timeoutMs`. */
export class TransportConnectError extends ReplicationError {
  readonly code: 'ERR_TRANSPORT_CONNECT' | 'ERR_TRANSPORT_TLS' = 'ERR_TRANSPORT_CONNECT';
  constructor(
    readonly servers: readonly string[],
    readonly timeoutMs: number,
    options?: ErrorOptions,
    message = `no bus at ${servers.join(', ')} within ${timeoutMs} ms`,
  ) {
    super(message, options);
  }
}

/**
 * Who did not accept what: the bus our certificate, this node the one of the bus; or our files are
 * unusable, the bus has no TLS, or there is no version or cipher that both speak.
 */
export type TransportTlsReason =
  | 'client-certificate'
  | 'server-certificate'
  | 'own-certificate'
  | 'not-offered'
  | 'handshake';

/** The bus is there, but TLS with it does not come about: waiting mends nothing. */
export class TransportTlsError extends TransportConnectError {
  override readonly code = 'ERR_TRANSPORT_TLS';
  constructor(
    servers: readonly string[],
    triedMs: number,
    readonly reason: TransportTlsReason,
    why: string,
    options?: ErrorOptions,
  ) {
    super(servers, triedMs, options, `no TLS with the bus at ${servers.join(', ')}: ${why}`);
  }
}

/** A message is larger than the bus takes. */
export class MessageTooLargeError extends ReplicationError {
  readonly code = 'ERR_MESSAGE_TOO_LARGE';
  constructor(
    readonly bytes: number,
    readonly maxBytes: number,
  ) {
    super(`message of ${bytes} bytes, the bus takes ${maxBytes}`);
  }
}

/** Bytes from the bus are not a frame of this cluster; they were refused and counted. */
export class FrameError extends ReplicationError {
  readonly code = 'ERR_FRAME';
  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`frame refused: ${reason}`, options);
  }
}

/** A limit of `limits.ts` was reached; the message names it. */
export class LimitError extends ReplicationError {
  readonly code = 'ERR_LIMIT';
  constructor(
    readonly limit: string,
    readonly value: number,
    readonly max: number,
  ) {
    super(`${limit} is ${value}, at most ${max} allowed`);
  }
}

/** The store behind the cluster cannot answer; what was asked of it may have been done all the same. */
export class TierUnavailableError extends ReplicationError {
  readonly code = 'ERR_TIER_UNAVAILABLE';
  constructor(
    readonly tier: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`tier ${tier} is not available: ${reason}`, options);
  }
}

/** The engine broke one of its own rules; a defect in this package. */
export class InternalError extends ReplicationError {
  readonly code = 'ERR_INTERNAL';
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null)
    return `a ${value.constructor?.name ?? 'object'}`;
  return String(value);
}

function formatPath(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`,
    '',
  );
}
