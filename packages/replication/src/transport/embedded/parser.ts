import { BUS_MAX_CONTROL_LINE_BYTES } from '../limits.js';
import { parseCommandLine } from './command-line.js';
import type { ClientOperation, PublishHead } from './operations.js';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const LINE_END_BYTES = 2;

/** Longest command name and the blanks behind it. */
const NAME_ROOM_BYTES = 16;

const EMPTY = Buffer.alloc(0);

/** First piece of memory for a payload that comes in several chunks; the announced size may lie. */
const FIRST_BODY_BYTES = 4096;

/**
 * Turns the bytes of a client into operations, whatever pieces they come in. Never throws. After a
 * fault, which is always the last operation, further bytes are ignored.
 */
export class ProtocolParser {
  #line = '';
  #head: PublishHead | undefined;
  #body = EMPTY;
  #bodyBytes = 0;
  #faulty = false;

  feed(chunk: Buffer): ClientOperation[] {
    const operations: ClientOperation[] = [];
    let at = 0;
    while (at < chunk.length && !this.#faulty) {
      at =
        this.#head === undefined
          ? this.#readLine(chunk, at, operations)
          : this.#readBody(this.#head, chunk, at, operations);
    }
    return operations;
  }

  #readLine(chunk: Buffer, from: number, operations: ClientOperation[]): number {
    const end = chunk.indexOf(LINE_FEED, from);
    const until = end === -1 ? chunk.length : end;
    if (this.#line.length + until - from > BUS_MAX_CONTROL_LINE_BYTES + NAME_ROOM_BYTES) {
      this.#emit(operations, { op: 'fault', fault: 'control-line' });
      return chunk.length;
    }
    this.#line += chunk.toString('latin1', from, until);
    if (end === -1) return chunk.length;
    const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line;
    this.#line = '';
    const parsed = parseCommandLine(line);
    if (parsed?.op === 'pub-head') this.#head = parsed;
    else if (parsed !== undefined) this.#emit(operations, parsed);
    return end + 1;
  }

  #readBody(head: PublishHead, chunk: Buffer, from: number, operations: ClientOperation[]): number {
    const wanted = head.totalBytes + LINE_END_BYTES;
    const until = Math.min(chunk.length, from + wanted - this.#bodyBytes);
    if (this.#bodyBytes === 0 && until - from === wanted) {
      this.#finish(head, chunk.subarray(from, until), operations);
      return until;
    }
    this.#reserve(this.#bodyBytes + until - from, wanted);
    chunk.copy(this.#body, this.#bodyBytes, from, until);
    this.#bodyBytes += until - from;
    if (this.#bodyBytes < wanted) return until;
    const body = this.#body.subarray(0, wanted);
    this.#body = EMPTY;
    this.#bodyBytes = 0;
    this.#finish(head, body, operations);
    return until;
  }

  /** Grows with what has arrived, not with what was announced. */
  #reserve(needed: number, wanted: number): void {
    if (this.#body.length >= needed) return;
    const size = Math.min(wanted, Math.max(needed, FIRST_BODY_BYTES, this.#body.length * 2));
    const larger = Buffer.allocUnsafe(size);
    this.#body.copy(larger, 0, 0, this.#bodyBytes);
    this.#body = larger;
  }

  #finish(head: PublishHead, body: Buffer, operations: ClientOperation[]): void {
    this.#head = undefined;
    const { subject, replyTo, hasHeaders, headerBytes, totalBytes } = head;
    if (body[totalBytes] !== CARRIAGE_RETURN || body[totalBytes + 1] !== LINE_FEED) {
      this.#emit(operations, { op: 'fault', fault: 'unknown-operation' });
      return;
    }
    this.#emit(operations, {
      op: 'pub',
      subject,
      replyTo,
      headers: hasHeaders ? body.subarray(0, headerBytes) : undefined,
      payload: body.subarray(headerBytes, totalBytes),
    });
  }

  #emit(operations: ClientOperation[], operation: ClientOperation): void {
    operations.push(operation);
    this.#faulty = operation.op === 'fault';
  }
}
