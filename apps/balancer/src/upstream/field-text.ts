const TAB = 9;
const SPACE = 32;

/** By code: whether a character may stand in the name of a field (RFC 9110 §5.6.2). */
const IS_TOKEN = Uint8Array.from({ length: 256 }, (_, code) =>
  /[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/** Whether a part of a text is the name of a field; an empty one is none. */
export function isToken(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (IS_TOKEN[text.charCodeAt(at)] !== 1) return false;
  return to > from;
}

/** A part of a text without the blanks around it (RFC 9110 §5.6.3). */
export function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}
