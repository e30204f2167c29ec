import { HttpException } from '@nestjs/common';
import { BusyError } from '../errors.js';
import { ShopProblem } from '../problem.js';

/** What a client is told of an error. Never a stack, never a message of our own insides. */
export interface DescribedError {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly code: string;
  /** The whole problem document. */
  readonly document: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

const STATUS_TITLES: Readonly<Record<number, readonly [code: string, title: string]>> = {
  400: ['bad-request', 'The request is malformed'],
  401: ['authentication-required', 'Sign in first'],
  403: ['forbidden', 'Not allowed'],
  404: ['not-found', 'There is nothing here'],
  405: ['method-not-allowed', 'That cannot be done here'],
  413: ['too-large', 'That is too large'],
  415: ['unsupported-media-type', 'This kind of content is not understood'],
  429: ['quota-exceeded', 'Too many requests'],
  503: ['unavailable', 'The shop is not available'],
};

/** Turns whatever was thrown into a problem. */
export function describeError(error: unknown): DescribedError {
  if (error instanceof BusyError) {
    const detail = 'Nothing was checked. Try again in a few seconds.';
    return describeError(
      new ShopProblem('busy', detail, { headers: { 'Retry-After': '2' }, cause: error }),
    );
  }
  const document = problemDocument(error);
  if (document !== undefined) return fromDocument(document, headersOf(error));
  const status = statusOf(error);
  const [code, title] = STATUS_TITLES[status] ?? ['internal', 'Something went wrong here'];
  // Only what the framework refused on the client's account may be quoted.
  const detail =
    status < 500 && error instanceof Error ? error.message : 'It is not your fault. It was logged.';
  return fromDocument({ type: `urn:understudy:${code}`, title, status, code, detail }, {});
}

/** The document of an exception that brings one along: ours, and those of the session module. */
function problemDocument(error: unknown): Record<string, unknown> | undefined {
  if (!(error instanceof HttpException)) return undefined;
  const response = error.getResponse();
  const isProblem = typeof response === 'object' && 'type' in response && 'code' in response;
  return isProblem ? { ...response, status: error.getStatus() } : undefined;
}

function headersOf(error: unknown): Readonly<Record<string, string>> {
  const headers = error instanceof Error && 'headers' in error ? error.headers : undefined;
  return typeof headers === 'object' && headers !== null ? { ...headers } : {};
}

/** Body parsers throw errors with a status of their own. */
function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  if (typeof error !== 'object' || error === null) return 500;
  const status = 'statusCode' in error ? error.statusCode : 'status' in error ? error.status : 500;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}

function fromDocument(
  document: Record<string, unknown>,
  headers: Readonly<Record<string, string>>,
): DescribedError {
  return {
    status: Number(document.status),
    title: String(document.title),
    detail: String(document.detail),
    code: String(document.code),
    document,
    headers,
  };
}
