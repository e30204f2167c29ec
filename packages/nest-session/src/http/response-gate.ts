import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Replacement, ResponseDraft, Settle, Settlement } from './settlement.js';

type HeaderList = OutgoingHttpHeaders | readonly unknown[];
type EndArguments = Parameters<ServerResponse['end']>;
type WriteArguments = Parameters<ServerResponse['write']>;

/** Headers that describe a body; a replaced response has another one. */
const ENTITY_HEADERS = [
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-range',
  'accept-ranges',
  'etag',
  'last-modified',
  'location',
  'trailer',
  'transfer-encoding',
];

/**
 * Holds a response back from its first byte until `settle` has decided about it, so that no client
 * learns of a change before it is stored: not by a redirect, not by a streamed page, not by an
 * event. To the application the response looks as if it were on its way already.
 *
 * `onLateEnd` is called when a response that was let go before it was complete has ended.
 */
export function gateResponse(
  response: ServerResponse,
  settle: Settle,
  onLateEnd: () => void,
): void {
  const gate = new ResponseGate(response, settle, onLateEnd);
  gate.install();
}

class ResponseGate {
  #state: 'open' | 'settling' | 'passing' | 'discarding' = 'open';
  #headRequested = false;
  #ended = false;
  #askedToWait = false;
  readonly #waiting: (() => void)[] = [];
  readonly #original: Pick<ServerResponse, 'writeHead' | 'write' | 'end' | 'flushHeaders'>;

  constructor(
    private readonly response: ServerResponse,
    private readonly settle: Settle,
    private readonly onLateEnd: () => void,
  ) {
    this.#original = {
      writeHead: response.writeHead,
      write: response.write,
      end: response.end,
      flushHeaders: response.flushHeaders,
    };
  }

  install(): void {
    const { response } = this;
    response.writeHead = ((...args: unknown[]) =>
      this.#writeHead(args)) as typeof response.writeHead;
    response.write = ((...args: WriteArguments) => this.#write(args)) as typeof response.write;
    response.end = ((...args: EndArguments) => this.#end(args)) as typeof response.end;
    response.flushHeaders = () => this.#flushHeaders();
    // While it is held back, code that asks must see it as sent, or it would answer twice.
    shadow(response, 'headersSent', (sent) => sent || this.#headRequested);
    shadow(response, 'writableEnded', (ended) => ended || this.#ended);
  }

  /** Notes the head instead of rendering it: what is settled may still change it. */
  #writeHead(args: unknown[]): ServerResponse {
    const { response } = this;
    if (this.#state !== 'open') {
      if (this.#state === 'passing') Reflect.apply(this.#original.writeHead, response, args);
      return response;
    }
    const [status, second, third] = args;
    response.statusCode = Number(status);
    if (typeof second === 'string') response.statusMessage = second;
    setHeaders(response, (typeof second === 'string' ? third : second) as HeaderList | undefined);
    this.#headRequested = true;
    return response;
  }

  #write(args: WriteArguments): boolean {
    if (this.#state === 'passing') return Reflect.apply(this.#original.write, this.response, args);
    if (this.#state === 'discarding') {
      callbackOf(args)?.();
      return true;
    }
    this.#waiting.push(() => this.#write(args));
    this.#askedToWait = true;
    this.#begin(undefined);
    return false;
  }

  #end(args: EndArguments): ServerResponse {
    const { response } = this;
    if (this.#state === 'passing' || this.#state === 'discarding') {
      const first = !this.#ended;
      this.#ended = true;
      if (this.#state === 'passing') Reflect.apply(this.#original.end, response, args);
      else callbackOf(args)?.();
      if (first) this.onLateEnd();
      return response;
    }
    if (this.#ended) return response;
    this.#ended = true;
    const complete = this.#state === 'open';
    this.#waiting.push(() => {
      if (this.#state === 'passing') Reflect.apply(this.#original.end, response, args);
      else callbackOf(args)?.();
      if (!complete) this.onLateEnd();
    });
    this.#begin(bodyOf(args));
    return response;
  }

  #flushHeaders(): void {
    if (this.#state === 'passing') this.#original.flushHeaders.call(this.response);
    else if (this.#state !== 'discarding') {
      this.#waiting.push(() => this.#flushHeaders());
      this.#begin(undefined);
    }
  }

  #begin(body: string | Uint8Array | undefined): void {
    if (this.#state !== 'open') return;
    this.#state = 'settling';
    this.#headRequested = true;
    const settled = this.settle(draftOf(this.response, body));
    if (!(settled instanceof Promise)) {
      this.#release(settled);
      return;
    }
    settled
      .then((settlement) => this.#release(settlement))
      // Half a response is better broken off than taken for a whole one.
      .catch((error: Error) => this.response.destroy(error));
  }

  #release({ headers, cookies, replacement }: Settlement): void {
    const { response } = this;
    if (replacement) this.#replaceHead(replacement);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (cookies.length > 0) response.appendHeader('Set-Cookie', cookies);
    this.#state = 'passing';
    if (replacement) {
      this.#original.end.call(response, replacement.body, 'utf8');
      this.#state = 'discarding';
    }
    for (const act of this.#waiting.splice(0)) act();
    if (this.#askedToWait && !this.#ended && !response.writableNeedDrain) response.emit('drain');
  }

  #replaceHead({ status, headers, body }: Replacement): void {
    const { response } = this;
    for (const name of ENTITY_HEADERS) response.removeHeader(name);
    response.removeHeader('content-type');
    response.statusCode = status;
    response.statusMessage = '';
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.setHeader('Content-Length', Buffer.byteLength(body));
  }
}

function draftOf(response: ServerResponse, body: string | Uint8Array | undefined): ResponseDraft {
  return {
    status: response.statusCode,
    body,
    header(name) {
      const value = response.getHeader(name);
      return Array.isArray(value) ? value[0] : value?.toString();
    },
  };
}

/** Puts a getter in front of the one on the prototype. */
function shadow(
  response: ServerResponse,
  name: 'headersSent' | 'writableEnded',
  read: (original: boolean) => boolean,
): void {
  const prototype = Object.getPrototypeOf(response) as object;
  Object.defineProperty(response, name, {
    configurable: true,
    get: () => read(Reflect.get(prototype, name, response) as boolean),
  });
}

/** Node takes headers as an object, a flat list, or a list of pairs. */
function setHeaders(response: ServerResponse, headers: HeaderList | undefined): void {
  if (!headers) return;
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers as OutgoingHttpHeaders)) {
      if (value !== undefined) response.setHeader(name, value);
    }
    return;
  }
  const list = (Array.isArray(headers[0]) ? headers.flat(1) : headers) as string[];
  const given = new Set<string>();
  for (let index = 0; index + 1 < list.length; index += 2) {
    const name = list[index] as string;
    const value = list[index + 1] as string;
    if (given.has(name.toLowerCase())) response.appendHeader(name, value);
    else response.setHeader(name, value);
    given.add(name.toLowerCase());
  }
}

function bodyOf([chunk, encoding]: readonly unknown[]): string | Uint8Array | undefined {
  if (typeof chunk === 'string') {
    const plain = typeof encoding !== 'string' || /^utf-?8$/i.test(encoding);
    return plain ? chunk : Buffer.from(chunk, encoding as BufferEncoding);
  }
  return chunk instanceof Uint8Array ? chunk : '';
}

function callbackOf(args: readonly unknown[]): (() => void) | undefined {
  return args.find((argument) => typeof argument === 'function') as (() => void) | undefined;
}
