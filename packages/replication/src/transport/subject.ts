import { OptionError } from '../errors.js';
import { MAX_SUBJECT_LENGTH } from './limits.js';

/** Whitespace ends a word of the NATS protocol, so it would smuggle a second command into a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const TOKENS = /^[^\x00-\x20\x7f.*>]+(?:\.[^\x00-\x20\x7f.*>]+)*$/;
const PATTERN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  /^(?:(?:[^\x00-\x20\x7f.*>]+|\*)(?:\.(?:[^\x00-\x20\x7f.*>]+|\*))*(?:\.>)?|>)$/;

/**
 * A subject to publish to or a reply address: tokens separated by dots, no wildcard.
 *
 * @throws OptionError naming `option`
 */
export function checkSubject(subject: string, option = 'subject'): void {
  if (subject.length > MAX_SUBJECT_LENGTH || !TOKENS.test(subject)) {
    throw new OptionError(
      option,
      subject.slice(0, MAX_SUBJECT_LENGTH),
      `tokens separated by dots, without spaces or wildcards, ≤ ${MAX_SUBJECT_LENGTH} characters`,
    );
  }
}

/**
 * A subject to subscribe to: as {@link checkSubject}, but a token may be `*` and the last one `>`.
 *
 * @throws OptionError naming `option`
 */
export function checkPattern(pattern: string, option = 'subject'): void {
  if (pattern.length > MAX_SUBJECT_LENGTH || !PATTERN.test(pattern)) {
    throw new OptionError(
      option,
      pattern.slice(0, MAX_SUBJECT_LENGTH),
      'tokens separated by dots, without spaces, each wildcard a token of its own and > the ' +
        `last, ≤ ${MAX_SUBJECT_LENGTH} characters`,
    );
  }
}
