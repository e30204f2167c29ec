/** A response of the balancer's own, as problem+json (RFC 9457). */
export interface Problem {
  readonly name: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** Sent as `Retry-After` only when no handler ran: it invites everybody to repeat. */
  readonly retryAfterSeconds?: number | undefined;
  /** What became of the attempt at which it is not known whether it ran. */
  readonly reason?: ProblemReason | undefined;
}

/** One of those that requests of clients are answered with. */
export interface ProxyProblem extends Problem {
  readonly name: ProblemName;
}

export type ProblemReason =
  /** The connection to the node was lost before a byte of the response. */
  | 'connection-lost'
  /** Health checks of the node had failed, so it was not waited for any longer. */
  | 'node-fell'
  /** What the node sent is no response that could be passed on. */
  | 'unusable-response'
  /** No byte of the response within `timeouts.firstByteMs`. */
  | 'first-byte-timeout'
  /** The exchange as a whole took longer than `timeouts.totalMs`. */
  | 'total-timeout';

export type ProblemName =
  | 'bad-request'
  | 'rate-limited'
  | 'no-node-available'
  | 'balancer-overloaded'
  | 'upstream-lost'
  | 'upstream-timeout'
  | 'balancer-failed';

const PROBLEMS: Readonly<Record<ProblemName, Omit<Problem, 'name'>>> = {
  'bad-request': {
    status: 400,
    title: 'Bad request',
    detail: 'The request cannot be passed on.',
  },
  'rate-limited': {
    status: 429,
    title: 'Too many requests',
    detail: 'Too many requests came from this address and nothing was executed. Repeat it later.',
    retryAfterSeconds: 1,
  },
  'no-node-available': {
    status: 503,
    title: 'No node available',
    detail: 'No node could take the request and nothing was executed. Repeat it.',
    retryAfterSeconds: 1,
  },
  'balancer-overloaded': {
    status: 503,
    title: 'Balancer overloaded',
    detail: 'Too many requests are in flight and nothing was executed. Repeat it.',
    retryAfterSeconds: 1,
  },
  'upstream-lost': {
    status: 502,
    title: 'Node lost',
    detail:
      'The node was lost before it answered. Whether the request ran is not known; ' +
      'repeat it only if it is safe to, or with the same Idempotency-Key.',
  },
  'upstream-timeout': {
    status: 504,
    title: 'Node did not answer in time',
    detail:
      'The node has the request and did not answer in time. It may still run; ' +
      'repeat it only if it is safe to, or with the same Idempotency-Key.',
  },
  'balancer-failed': {
    status: 500,
    title: 'Balancer failed',
    detail: 'The balancer has a defect. Whether the request ran is not known.',
  },
};

export function problemOf(name: ProblemName, override: Partial<Problem> = {}): ProxyProblem {
  return { ...PROBLEMS[name], ...override, name };
}

/** Body and header fields of a problem; the same for a response object and for a bare socket. */
export function renderProblem(problem: Problem): {
  readonly headers: string[];
  readonly body: string;
} {
  const body = JSON.stringify({
    type: `urn:understudy:${problem.name}`,
    title: problem.title,
    status: problem.status,
    code: problem.name,
    detail: problem.detail,
    // Left out where there is none.
    reason: problem.reason,
  });
  const headers = [
    'Content-Type',
    'application/problem+json',
    'Content-Length',
    String(Buffer.byteLength(body)),
    'Cache-Control',
    'no-store',
  ];
  if (problem.retryAfterSeconds !== undefined) {
    headers.push('Retry-After', String(problem.retryAfterSeconds));
  }
  return { headers, body };
}
