import { chunked, HIDDEN, type SmugglingCase } from './case.js';

const chunk = (name: string, body: string): SmugglingCase => ({
  name: `chunk: ${name}`,
  bytes: chunked(body + HIDDEN),
});

const END = '\r\nhello\r\n0\r\n\r\n';

const SIZES: readonly SmugglingCase[] = [
  chunk('size with a prefix', `0x5${END}`),
  chunk('size with a plus', `+5${END}`),
  chunk('size with a minus', `-5${END}`),
  chunk('size with an underscore', `0_5${END}`),
  chunk('size with a space behind', `5 ${END}`),
  chunk('size with a tab behind', `5\t${END}`),
  chunk('size with a space in front', ` 5${END}`),
  chunk('size with a zero byte behind', `5\0${END}`),
  chunk('size in quotes', `"5"${END}`),
  chunk('size in Arabic digits', `\xd9\xa5${END}`),
  chunk('size with an h', `5h${END}`),
  chunk('no size', END),
  chunk('size above 2^64', `10000000000000005${END}`),
  chunk('size of a hundred digits', `${'f'.repeat(100)}${END}`),
  chunk('last chunk with a space', '5\r\nhello\r\n0 \r\n\r\n'),
  chunk('last chunk with a minus', '5\r\nhello\r\n-0\r\n\r\n'),
];

const LINE_ENDS: readonly SmugglingCase[] = [
  chunk('size ended by a line feed', '5\nhello\r\n0\r\n\r\n'),
  chunk('size ended by a carriage return', '5\rhello\r\n0\r\n\r\n'),
  chunk('size ended by two carriage returns', '5\r\r\nhello\r\n0\r\n\r\n'),
  chunk('data ended by a line feed', '5\r\nhello\n0\r\n\r\n'),
  chunk('data ended by a carriage return', '5\r\nhello\r0\r\n\r\n'),
  chunk('data ended by two carriage returns', '5\r\nhello\r\r\n0\r\n\r\n'),
  chunk('data ended by nothing', '5\r\nhello0\r\n\r\n'),
  chunk('data longer than its size', '5\r\nhello!\r\n0\r\n\r\n'),
  chunk('data shorter than its size', '6\r\nhello\r\n0\r\n\r\n'),
  chunk('two other bytes for a line end', '5\r\nhelloxx0\r\n\r\n'),
  chunk('body ended by line feeds', '5\r\nhello\r\n0\n\n'),
  chunk('last chunk ended by a line feed', '5\r\nhello\r\n0\n\r\n'),
  chunk('last line ended by a line feed', '5\r\nhello\r\n0\r\n\n'),
];

const EXTENSIONS: readonly SmugglingCase[] = [
  chunk('extension ended by a line feed', '5;a\nhello\r\n0\r\n\r\n'),
  chunk('extension with a line feed', '5;a\nb\r\nhello\r\n0\r\n\r\n'),
  chunk('extension with a carriage return', '5;a\rb\r\nhello\r\n0\r\n\r\n'),
  chunk('extension with a quoted line end', '5;a="\r\n"\r\nhello\r\n0\r\n\r\n'),
  chunk('extension with a quoted line feed', '5;a="\n"\r\nhello\r\n0\r\n\r\n'),
  chunk('extension with an open quote', '5;a="b\r\nhello\r\n0\r\n\r\n'),
  chunk('extension with a zero byte', '5;a=\0\r\nhello\r\n0\r\n\r\n'),
  chunk('extension with a control character', '5;a="\x01"\r\nhello\r\n0\r\n\r\n'),
  chunk('extension with a byte above 127', '5;a\x80\r\nhello\r\n0\r\n\r\n'),
  chunk('extension without a name', '5;\r\nhello\r\n0\r\n\r\n'),
  chunk('extension behind a space', '5 ;a=b\r\nhello\r\n0\r\n\r\n'),
  chunk('extension of 20 KB', `5;a=${'b'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`),
  chunk('extension of the last chunk with a line feed', '5\r\nhello\r\n0;a\nb\r\n\r\n'),
];

const TRAILERS: readonly SmugglingCase[] = [
  chunk('trailer ended by a line feed', '5\r\nhello\r\n0\r\nX-A: b\n\r\n'),
  chunk('folded trailer', '5\r\nhello\r\n0\r\nX-A: b\r\n c\r\n\r\n'),
  chunk('trailer with a space in front', '5\r\nhello\r\n0\r\n X-A: b\r\n\r\n'),
  chunk('trailer with a space before the colon', '5\r\nhello\r\n0\r\nX-A : b\r\n\r\n'),
  chunk('trailer without a colon', '5\r\nhello\r\n0\r\nX-A\r\n\r\n'),
  chunk('trailer with a zero byte', '5\r\nhello\r\n0\r\nX-A: b\0\r\n\r\n'),
  chunk('trailer with a control character', '5\r\nhello\r\n0\r\nX-A: \x01\r\n\r\n'),
  chunk('a length in the trailers', '5\r\nhello\r\n0\r\nContent-Length: 7\r\n\r\n'),
  chunk('a coding in the trailers', '5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n'),
  chunk('a request for a trailer', `5\r\nhello\r\n0\r\n${HIDDEN}`),
];

const CUT_OFF: readonly SmugglingCase[] = (
  [
    ['size of 2^63', '8000000000000000\r\nhello\r\n0\r\n\r\n'],
    ['size of 2^64 - 1', 'ffffffffffffffff\r\nhello\r\n0\r\n\r\n'],
    ['size of 2^32 + 5', '100000005\r\nhello\r\n0\r\n\r\n'],
    ['in its size', '5'],
    ['in its data', '5\r\nhel'],
    ['before the last chunk', '5\r\nhello\r\n'],
    ['in the last chunk', '5\r\nhello\r\n0\r\n'],
  ] as const
).map(([name, body]) => ({ name: `cut off: ${name}`, bytes: chunked(body), endsEarly: true }));

/** Bodies in the chunked coding that end in another place for somebody else. */
export const CHUNKS = [...SIZES, ...LINE_ENDS, ...EXTENSIONS, ...TRAILERS, ...CUT_OFF];
