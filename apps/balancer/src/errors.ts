/** Stable codes of every error this package throws. */
export type BalancerErrorCode =
  | 'ERR_BALANCER_OPTION'
  | 'ERR_BALANCER_CONFIG'
  | 'ERR_BALANCER_CONNECT_TIMEOUT'
  | 'ERR_BALANCER_NO_FREE_CONNECTION'
  | 'ERR_BALANCER_LISTEN'
  | 'ERR_BALANCER_BUS'
  | 'ERR_BALANCER_BUS_SILENT'
  | 'ERR_BALANCER_EXPORT'
  | 'ERR_BALANCER_WORKER'
  | 'ERR_BALANCER_UNKNOWN_NODE'
  | 'ERR_BALANCER_BODY_LOST'
  | 'ERR_BALANCER_RESPONSE';

export abstract class BalancerError extends Error {
  abstract readonly code: BalancerErrorCode;
  override readonly name: string = this.constructor.name;
}

/** An option or environment variable is missing, malformed or out of range. */
export class OptionError extends BalancerError {
  readonly code = 'ERR_BALANCER_OPTION';
  constructor(
    readonly option: string,
    readonly value: unknown,
    readonly expected: string,
  ) {
    super(`${option} is ${JSON.stringify(value) ?? 'undefined'}, expected ${expected}`);
  }
}

/** The configuration cannot be used; every fault names key, value and expectation. */
export class ConfigError extends BalancerError {
  readonly code = 'ERR_BALANCER_CONFIG';
  constructor(readonly faults: readonly string[]) {
    super(
      faults.length === 1
        ? (faults[0] as string)
        : [`${faults.length} faults in the configuration`, ...faults].join('\n  '),
    );
  }
}

/** A node did not complete the TCP handshake in time; nothing was written to it. */
export class ConnectTimeoutError extends BalancerError {
  readonly code = 'ERR_BALANCER_CONNECT_TIMEOUT';
  constructor(
    readonly address: string,
    readonly timeoutMs: number,
  ) {
    super(`no connection to ${address} within ${timeoutMs} ms`);
  }
}

/** Every connection to a node was in use for too long; nothing was written to it. */
export class NoFreeConnectionError extends BalancerError {
  readonly code = 'ERR_BALANCER_NO_FREE_CONNECTION';
  constructor(
    readonly address: string,
    readonly reason: string,
  ) {
    super(`no free connection to ${address}: ${reason}`);
  }
}

/** A port could not be opened. */
export class ListenError extends BalancerError {
  readonly code = 'ERR_BALANCER_LISTEN';
  constructor(
    readonly address: string,
    options?: ErrorOptions,
  ) {
    super(`cannot listen on ${address}`, options);
  }
}

/** The bus is there and cannot be used; `cause` is what the engine says of it. */
export class BusError extends BalancerError {
  readonly code = 'ERR_BALANCER_BUS';
  constructor({ cause }: { readonly cause: unknown }) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** A command that ends needs to know who is on the bus, and did not learn it in time. */
export class BusSilentError extends BalancerError {
  readonly code = 'ERR_BALANCER_BUS_SILENT';
  constructor(
    readonly what: string,
    readonly timeoutMs: number,
  ) {
    super(`${what} within ${timeoutMs} ms`);
  }
}

/** Another proxy cannot do what the balancer is configured for, nor anything near it. */
export class ExportError extends BalancerError {
  readonly code = 'ERR_BALANCER_EXPORT';
  constructor(
    readonly kind: string,
    readonly what: string,
    readonly expected: string,
  ) {
    super(`${kind} cannot have ${what}, expected ${expected}`);
  }
}

/** A worker could not start. */
export class WorkerError extends BalancerError {
  readonly code = 'ERR_BALANCER_WORKER';
}

/** An operation names a node that is not in the directory. */
export class UnknownNodeError extends BalancerError {
  readonly code = 'ERR_BALANCER_UNKNOWN_NODE';
  constructor(readonly id: string) {
    super(`no node has the id ${JSON.stringify(id)}`);
  }
}

/** The client went away before it had sent the body it announced. */
export class BodyLostError extends BalancerError {
  readonly code = 'ERR_BALANCER_BODY_LOST';
  constructor() {
    super('the client closed the connection before the end of its request');
  }
}

/** What a node sent cannot be used as a response. */
export class UnusableResponseError extends BalancerError {
  readonly code = 'ERR_BALANCER_RESPONSE';
  constructor(readonly reason: string) {
    super(`the response of the node is unusable: ${reason}`);
  }
}
