import type { SessionDocument, SessionObject, SessionValue } from '@understudy/replication';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SessionTooLargeError } from '../errors.js';
import { documentBytes } from '../session/measure.js';
import { NO_CHANGE, RecordingBag } from '../session/recording-bag.js';
import type { Change } from './change.js';
import { SizeBook } from './size-book.js';

/** A session of which one commit follows the other, with the number of times it was made to be measured. */
class Subject {
  previews = 0;
  seq = 1;
  data: SessionObject;

  constructor(
    private readonly book: SizeBook,
    data: SessionObject,
    private readonly key = 'k',
  ) {
    this.data = data;
  }

  get document(): SessionDocument {
    return { data: this.data, system: {} };
  }

  /** Throws when it would be too large. */
  set(values: Record<string, SessionValue>, maxBytes: number): void {
    const { change, bag } = this.#changing(values);
    const session = {
      key: this.key,
      version: { epoch: 1, seq: this.seq },
      document: this.document,
    };
    const preview = () => {
      this.previews++;
      return { data: bag.preview(change.data), system: {} };
    };
    this.book.check(session, change, preview, { maxBytes });
    this.seq++;
    this.book.committed(session, change, { version: { epoch: 1, seq: this.seq } });
    this.data = bag.preview(change.data);
  }

  /** A commit that this node's session layer did not make. */
  setElsewhere(values: Record<string, SessionValue>): void {
    const { change, bag } = this.#changing(values);
    this.seq++;
    this.data = bag.preview(change.data);
  }

  #changing(values: Record<string, SessionValue>): { change: Change; bag: RecordingBag } {
    const bag = new RecordingBag('data', this.data);
    for (const [key, value] of Object.entries(values)) {
      if (value === undefined) bag.delete(key);
      else bag.set(key, value);
    }
    return { change: { data: bag.change(), system: NO_CHANGE }, bag };
  }
}

describe('SizeBook', () => {
  test('a session whose bound fits is not made to be measured', () => {
    const subject = new Subject(new SizeBook(10), { text: 'x'.repeat(1000) });
    for (let visits = 0; visits < 100; visits++) subject.set({ visits }, 100_000);
    expect(subject.previews).toBe(0);
  });

  test('what only adds up is measured anew before it refuses anything', () => {
    const subject = new Subject(new SizeBook(10), {});
    const maxBytes = 1000;
    for (let turn = 0; turn < 500; turn++) subject.set({ text: `${turn}`.padEnd(100) }, maxBytes);
    expect(documentBytes(subject.document)).toBeLessThan(200);
    expect(subject.previews).toBeGreaterThan(0);
    expect(subject.previews).toBeLessThan(250);
  });

  test('what others stored counts', () => {
    const subject = new Subject(new SizeBook(10), {});
    subject.set({ a: 1 }, 1000);
    subject.setElsewhere({ large: 'x'.repeat(900) });
    expect(() => subject.set({ b: 'x'.repeat(200) }, 1000)).toThrow(SessionTooLargeError);
  });

  test('a change of others between check and commit is not taken for what was checked', () => {
    const book = new SizeBook(10);
    const version = { epoch: 1, seq: 1 };
    const session = { key: 'k', version, document: { data: {}, system: {} } };
    const none = { data: NO_CHANGE, system: NO_CHANGE };
    const never = () => expect.fail('measured');
    book.check(session, none, never, { maxBytes: 10 });
    book.committed(session, none, { version: { epoch: 1, seq: 3 } });
    const document = { data: { large: 'x'.repeat(100) }, system: {} };
    const later = { key: 'k', version: { epoch: 1, seq: 3 }, document };
    expect(() => book.check(later, none, () => document, { maxBytes: 10 })).toThrow(
      SessionTooLargeError,
    );
  });

  test('a commit adds to the version it was made of, whichever was looked at last', () => {
    const book = new SizeBook(10);
    const at = (seq: number, document: SessionDocument) =>
      ({ key: 'k', version: { epoch: 1, seq }, document }) as const;
    const none = { data: NO_CHANGE, system: NO_CHANGE };
    const never = () => expect.fail('measured');
    const large = { data: { large: 'x'.repeat(100) }, system: {} };
    book.check(at(2, large), none, never, { maxBytes: 500 });
    book.check(at(1, { data: {}, system: {} }), none, never, { maxBytes: 500 });
    book.committed(at(2, large), none, { version: { epoch: 1, seq: 3 } });
    expect(() => book.check(at(3, large), none, () => large, { maxBytes: 10 })).toThrow(
      SessionTooLargeError,
    );
  });

  test('sessions that were forgotten are measured anew', () => {
    const book = new SizeBook(1);
    const [one, other] = [new Subject(book, {}, 'one'), new Subject(book, {}, 'other')];
    for (const letter of ['a', 'b', 'c']) {
      one.set({ [letter]: 'x'.repeat(100) }, 1500);
      other.set({ [letter]: 'x'.repeat(100) }, 1500);
    }
    expect(() => one.set({ more: 'x'.repeat(1300) }, 1500)).toThrow(SessionTooLargeError);
  });

  test('says of any run of commits what measuring each of them says', () => {
    const text = fc.integer({ min: 0, max: 400 }).map((length) => '€'.repeat(length));
    const value = fc.oneof(text, fc.array(text, { maxLength: 3 }), fc.constant(undefined));
    const commit = fc.record({
      values: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), value, { maxKeys: 3 }),
      elsewhere: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(commit, { maxLength: 30 }), (commits) => {
        const subject = new Subject(new SizeBook(10), {});
        const maxBytes = 2000;
        for (const { values, elsewhere } of commits) {
          const after = { ...subject.data, ...values };
          const isTooLarge = documentBytes({ data: defined(after), system: {} }) > maxBytes;
          if (elsewhere && !isTooLarge) subject.setElsewhere(values);
          else if (isTooLarge) {
            expect(() => subject.set(values, maxBytes)).toThrow(SessionTooLargeError);
          } else subject.set(values, maxBytes);
        }
      }),
    );
  });
});

function defined(object: Record<string, SessionValue>): SessionObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
