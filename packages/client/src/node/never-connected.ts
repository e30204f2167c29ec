/** Codes of failures that happen before there is a connection, whatever the system call. */
const CODES = ['UND_ERR_CONNECT_TIMEOUT', 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'];

/** System calls of which the same is true. */
const SYSTEM_CALLS = ['connect', 'getaddrinfo'];

/**
 * True when an error of Node's `fetch` proves that no connection came about. Node puts the system's
 * error into `cause`; where a name has several addresses, one error for each into `cause.errors`.
 */
export function neverConnected(error: unknown): boolean {
  const cause = (error as { cause?: unknown } | null)?.cause as Partial<SystemError> | undefined;
  if (Array.isArray(cause?.errors) && cause.errors.length > 0) {
    return cause.errors.every(isConnectFailure);
  }
  return isConnectFailure(cause);
}

interface SystemError {
  readonly code: string;
  readonly syscall: string;
  readonly errors: readonly Partial<SystemError>[];
}

function isConnectFailure(error: Partial<SystemError> | undefined): boolean {
  return CODES.includes(error?.code ?? '') || SYSTEM_CALLS.includes(error?.syscall ?? '');
}
