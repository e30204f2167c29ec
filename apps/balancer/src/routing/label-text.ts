/** By code: what may stand in a label (`LABEL_PATTERN`) and in base64url, which are the same. */
const IS_WORD = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z0-9_-]/.test(String.fromCharCode(code)) ? 1 : 0,
);
const ZERO = 48;
const NINE = 57;

/** Whether a part of a text is of 1 to `most` letters, digits, `_` and `-`. */
export function isWord(text: string, from: number, to: number, most: number): boolean {
  for (let at = from; at < to; at++) if (IS_WORD[text.charCodeAt(at)] !== 1) return false;
  return to > from && to - from <= most;
}

/** Whether a part of a text is of 1 to `most` digits. */
export function isNumber(text: string, from: number, to: number, most: number): boolean {
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code < ZERO || code > NINE) return false;
  }
  return to > from && to - from <= most;
}
