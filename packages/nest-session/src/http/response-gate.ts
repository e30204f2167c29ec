import type { ServerResponse } from 'node:http';
import { atEndOfTurn } from '@understudy/replication/internal';
import { GATE, type GatedResponse, type OriginalMethods, originalsOf } from './gated-prototype.js';
import { settleWhenGivenUp } from './given-up.js';
import { checkHead, type HeadObject, headerOf, isHeadObject, mergeHead } from './noted-head.js';
import { checkLastPart, checkPart, checkStatusLine } from './sendable.js';
import { type HeaderList, setHeaders } from './set-headers.js';
import type { Replacement, ResponseDraft, Settle, Settlement } from './settlement.js';

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

/** The same of how long it may be kept; that of a failure is for nobody to keep. */
const CACHING_HEADERS = ['expires', 'age', 'cdn-cache-control', 'surrogate-control'];

/** Who decides about a response. */
export interface ResponseSettler {
  respond: Settle;
  /** Told of what `respond` answered, before it is carried out; `heldMs`: how long that took, if at all. */
  settled(settlement: Settlement, heldMs: number | undefined): void;
  /** A response that was let go before it was complete has ended. */
  finish(): void;
}

/**
 * Holds a response back from its first byte until it is settled, so that no client learns of a
 * change before it is stored: not by a redirect, not by a streamed page, not by an event. To the
 * application the response looks as if it were on its way already.
 */
export function gateResponse(response: ServerResponse, settler: ResponseSettler): void {
  const original = originalsOf(response);
  (response as GatedResponse)[GATE] = new ResponseGate(response, settler, original);
  settleWhenGivenUp(response);
}

export class ResponseGate {
  headRequested = false;
  ended = false;
  readonly #response: ServerResponse;
  readonly #settler: ResponseSettler;
  readonly #original: OriginalMethods;
  #state: 'open' | 'settling' | 'passing' | 'discarding' = 'open';
  #askedToWait = false;
  /** What was given to `writeHead` where it is all there is; see {@link mergeHead}. */
  #head: HeadObject | undefined;
  /** Most responses are let go at once and leave nothing to do later. */
  #waiting: (() => void)[] | undefined;
  /** A whole response that leaves with the others of this turn. */
  #leaving: (() => void) | undefined;

  constructor(response: ServerResponse, settler: ResponseSettler, original: OriginalMethods) {
    this.#response = response;
    this.#settler = settler;
    this.#original = original;
  }

  /** Notes the head instead of rendering it: what is settled may still change it. */
  writeHead(args: unknown[], original: OriginalMethods['writeHead']): ServerResponse {
    const response = this.#response;
    if (this.#state !== 'open') {
      this.#leave();
      if (this.#state === 'passing') Reflect.apply(original, response, args);
      return response;
    }
    const [status, second, third] = args;
    response.statusCode = Number(status);
    if (typeof second === 'string') response.statusMessage = second;
    checkStatusLine(response);
    this.#layDownHead();
    // Without a reason they may stand in its place, or in their own.
    const headers = third ?? (typeof second === 'string' ? undefined : second);
    if (headers === second && isHeadObject(second) && response.getHeaderNames().length === 0) {
      checkHead(second);
      this.#head = second;
    } else setHeaders(response, headers as HeaderList | undefined);
    this.headRequested = true;
    return response;
  }

  write(args: WriteArguments, original: OriginalMethods['write']): boolean {
    checkPart(args[0]);
    this.#leave();
    if (this.#state === 'passing') return Reflect.apply(original, this.#response, args);
    if (this.#state === 'discarding') {
      callbackOf(args)?.();
      return true;
    }
    if (this.#state === 'open') checkStatusLine(this.#response);
    this.#later(() => this.write(args, original));
    this.#askedToWait = true;
    this.#begin(undefined);
    return false;
  }

  end(args: EndArguments, original: OriginalMethods['end']): ServerResponse {
    checkLastPart(args[0]);
    this.#leave();
    if (this.#state === 'passing' || this.#state === 'discarding') {
      const first = !this.ended;
      this.ended = true;
      this.#finishWith(args, original);
      if (first) this.#settler.finish();
      return this.#response;
    }
    if (this.ended) return this.#response;
    if (this.#state === 'open') {
      checkStatusLine(this.#response);
      const body = bodyOf(args);
      this.ended = true;
      if (this.#begin(body)) this.#leaveWith(args, original);
      else this.#later(() => this.#leaveWith(args, original));
      return this.#response;
    }
    this.ended = true;
    this.#later(() => {
      this.#finishWith(args, original);
      this.#settler.finish();
    });
    return this.#response;
  }

  flushHeaders(original: OriginalMethods['flushHeaders']): void {
    if (this.#state === 'passing') original.call(this.#response);
    else if (this.#state !== 'discarding') {
      if (this.#state === 'open') checkStatusLine(this.#response);
      this.#later(() => this.flushHeaders(original));
      this.#begin(undefined);
    }
  }

  /** It will not be written any more; of one that has begun everything is settled. */
  giveUp(): void {
    this.#begin(undefined);
  }

  /** All there is of the response is written at once, together with others that are ready by then. */
  #leaveWith(args: EndArguments, original: OriginalMethods['end']): void {
    this.#leaving = () => this.#finishWith(args, original);
    atEndOfTurn(() => {
      try {
        this.#leave();
      } catch (error) {
        // Such as a body of another length than was said, where Node is asked to mind: nobody else
        // catches it, and it would end the process.
        this.#breakOff(error);
      }
    });
  }

  /** Now, and not at the end of the turn: what follows would overtake it. */
  #leave(): void {
    const leave = this.#leaving;
    this.#leaving = undefined;
    leave?.();
  }

  #finishWith(args: EndArguments, original: OriginalMethods['end']): void {
    if (this.#state === 'passing') Reflect.apply(original, this.#response, args);
    else callbackOf(args)?.();
  }

  #later(act: () => void): void {
    if (this.#waiting) this.#waiting.push(act);
    else this.#waiting = [act];
  }

  /** Whether it could be settled at once. */
  #begin(body: string | Uint8Array | undefined): boolean {
    if (this.#state !== 'open') return false;
    this.#state = 'settling';
    this.headRequested = true;
    let settled: Settlement | Promise<Settlement>;
    try {
      settled = this.#settler.respond(new Draft(this.#response, body, this.#head));
    } catch (error) {
      return this.#breakOff(error);
    }
    if (!(settled instanceof Promise)) {
      this.#settler.settled(settled, undefined);
      this.#release(settled);
      return true;
    }
    void this.#releaseAfter(settled, performance.now());
    return false;
  }

  /** A handler that heard of it could answer no more: its client would wait for ever. */
  #breakOff(error: unknown): true {
    this.#state = 'discarding';
    this.#response.destroy(error as Error);
    return true;
  }

  async #releaseAfter(settling: Promise<Settlement>, startedMs: number): Promise<void> {
    try {
      const settlement = await settling;
      this.#settler.settled(settlement, performance.now() - startedMs);
      this.#release(settlement);
    } catch (error) {
      // Half a response is better broken off than taken for a whole one.
      this.#breakOff(error);
    }
  }

  #release(settlement: Settlement): void {
    const { replacement } = settlement;
    const response = this.#response;
    const head = replacement ? undefined : this.#mergedHead(settlement);
    if (!head) this.#setHead(settlement);
    this.#state = 'passing';
    if (head) this.#original.writeHead.call(response, response.statusCode, head);
    if (replacement) {
      this.#original.end.call(response, replacement.body, 'utf8');
      this.#state = 'discarding';
    }
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) for (const act of waiting) act();
    if (this.#askedToWait && !this.ended && !response.writableNeedDrain) response.emit('drain');
  }

  /** The whole head, to be rendered at once; undefined: it has to be put together in the response. */
  #mergedHead({ headers, cookies }: Settlement): HeadObject | undefined {
    const head = this.#head;
    if (!head || this.#response.getHeaderNames().length > 0) return undefined;
    return mergeHead(head, headers, cookies);
  }

  /** Puts what was noted into the response; what was set there since is newer. */
  #layDownHead(): void {
    const head = this.#head;
    this.#head = undefined;
    if (!head) return;
    const response = this.#response;
    for (const [name, value] of Object.entries(head)) {
      if (value !== undefined && !response.hasHeader(name)) response.setHeader(name, value);
    }
  }

  #setHead({ headers, cookies, replacement }: Settlement): void {
    const response = this.#response;
    this.#layDownHead();
    if (replacement) this.#replaceHead(replacement);
    for (const name in headers) response.setHeader(name, headers[name] as string);
    if (cookies.length > 0) response.appendHeader('Set-Cookie', cookies);
  }

  #replaceHead({ status, headers, body }: Replacement): void {
    const response = this.#response;
    for (const name of ENTITY_HEADERS) response.removeHeader(name);
    for (const name of CACHING_HEADERS) response.removeHeader(name);
    response.setHeader('Cache-Control', 'no-store');
    response.removeHeader('content-type');
    response.statusCode = status;
    response.statusMessage = '';
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.setHeader('Content-Length', Buffer.byteLength(body));
  }
}

/** What `settle` is shown; a snapshot but for the headers. */
class Draft implements ResponseDraft {
  readonly status: number;
  readonly body: string | Uint8Array | undefined;
  readonly #response: ServerResponse;
  readonly #head: HeadObject | undefined;

  constructor(
    response: ServerResponse,
    body: string | Uint8Array | undefined,
    head: HeadObject | undefined,
  ) {
    this.status = response.statusCode;
    this.body = body;
    this.#response = response;
    this.#head = head;
  }

  header(name: string): string | undefined {
    const value = this.#response.getHeader(name) ?? (this.#head && headerOf(this.#head, name));
    return Array.isArray(value) ? value[0] : value?.toString();
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
