import { CHUNKED, HIDDEN, post, type SmugglingCase } from './case.js';

const length = (name: string, field: string): SmugglingCase => ({
  name: `length: ${name}`,
  bytes: post(`${field}\r\n`, 'hello'),
});

/** Announced lengths that two servers may read differently. */
export const LENGTHS: readonly SmugglingCase[] = [
  length('with a plus', 'Content-Length: +5'),
  length('negative', 'Content-Length: -5'),
  length('negative zero', 'Content-Length: -0'),
  length('hexadecimal', 'Content-Length: 0x5'),
  length('hexadecimal without a prefix', 'Content-Length: a'),
  length('with a leading zero', 'Content-Length: 05'),
  length('with many leading zeros', 'Content-Length: 000000000000000000000005'),
  length('a list of equal ones', 'Content-Length: 5,5'),
  length('a list with spaces', 'Content-Length: 5, 5'),
  length('a list of different ones', 'Content-Length: 5,6'),
  length('with a trailing comma', 'Content-Length: 5,'),
  length('twice', 'Content-Length: 5\r\nContent-Length: 5'),
  length('twice in other case', 'Content-Length: 5\r\ncontent-length: 5'),
  length('twice and different', 'Content-Length: 5\r\nContent-Length: 6'),
  length('twice, zero first', 'Content-Length: 0\r\nContent-Length: 5'),
  length('empty', 'Content-Length:'),
  length('of spaces', 'Content-Length:   '),
  length('with a space within', 'Content-Length: 5 5'),
  length('a fraction', 'Content-Length: 5.0'),
  length('with an exponent', 'Content-Length: 5e0'),
  length('with an underscore', 'Content-Length: 5_0'),
  length('with a unit', 'Content-Length: 5 bytes'),
  length('quoted', 'Content-Length: "5"'),
  length('with a parameter', 'Content-Length: 5;a=b'),
  length('above 2^53', 'Content-Length: 9007199254740997'),
  length('above 2^63', 'Content-Length: 9223372036854775813'),
  length('that wraps at 2^64', 'Content-Length: 18446744073709551621'),
  length('of a hundred digits', `Content-Length: ${'9'.repeat(100)}`),
  length('behind a vertical tab', 'Content-Length: \x0b5'),
  length('behind a form feed', 'Content-Length: \x0c5'),
  length('before a zero byte', 'Content-Length: 5\0'),
  length('in Arabic digits', 'Content-Length: \xd9\xa5'),
  length('behind a no-break space', 'Content-Length: \xa05'),
  length('folded', 'Content-Length:\r\n 5'),
  length('before a space and the colon', 'Content-Length : 5'),
  length('before a tab and the colon', 'Content-Length\t: 5'),
  length('with a space in front', ' Content-Length: 5'),
  length('under an underscored name', 'Content_Length: 5'),
  length('and an underscored one', 'Content-Length: 5\r\nContent_Length: 6'),
  length('not told, the body a request', 'X-Content-Length: 5\r\nContent-Length: x'),
];

const both = (name: string, fields: string): SmugglingCase => ({
  name: `both framings: ${name}`,
  bytes: post(fields, `0\r\n\r\n${HIDDEN}`),
});

export const BOTH_FRAMINGS: readonly SmugglingCase[] = [
  both('length first', `Content-Length: 6\r\n${CHUNKED}`),
  both('coding first', `${CHUNKED}Content-Length: 6\r\n`),
  both('length of zero', `Content-Length: 0\r\n${CHUNKED}`),
  both('length of zero last', `${CHUNKED}Content-Length: 0\r\n`),
  both('lower case', 'content-length: 6\r\ntransfer-encoding: chunked\r\n'),
  both('a coding nobody knows', 'Content-Length: 6\r\nTransfer-Encoding: xchunked\r\n'),
  both('identity', 'Content-Length: 6\r\nTransfer-Encoding: identity\r\n'),
  both('an empty coding', 'Content-Length: 6\r\nTransfer-Encoding:\r\n'),
  both('a coding with a space', 'Content-Length: 6\r\nTransfer-Encoding : chunked\r\n'),
  both('an underscored coding', 'Content-Length: 6\r\nTransfer_Encoding: chunked\r\n'),
  both(
    'a length that Connection names',
    `Connection: content-length\r\nContent-Length: 6\r\n${CHUNKED}`,
  ),
  both(
    'a coding that Connection names',
    `Connection: transfer-encoding\r\nContent-Length: 6\r\n${CHUNKED}`,
  ),
];
