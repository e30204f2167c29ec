import { HIDDEN, post, type SmugglingCase } from './case.js';

const coding = (name: string, field: string): SmugglingCase => ({
  name: `coding: ${name}`,
  bytes: post(`${field}\r\n`, `5\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
});

/** Transfer codings that one server takes for `chunked` and another does not. */
export const CODINGS: readonly SmugglingCase[] = [
  coding('another before chunked', 'Transfer-Encoding: gzip, chunked'),
  coding('another behind chunked', 'Transfer-Encoding: chunked, gzip'),
  coding('another alone', 'Transfer-Encoding: gzip'),
  coding('chunked twice in a list', 'Transfer-Encoding: chunked, chunked'),
  coding('chunked twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked'),
  coding('chunked, then identity', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity'),
  coding('identity, then chunked', 'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked'),
  coding('identity', 'Transfer-Encoding: identity'),
  coding('with a letter in front', 'Transfer-Encoding: xchunked'),
  coding('with a letter behind', 'Transfer-Encoding: chunkedx'),
  coding('quoted', 'Transfer-Encoding: "chunked"'),
  coding('single-quoted', "Transfer-Encoding: 'chunked'"),
  coding('with a parameter', 'Transfer-Encoding: chunked;q=1'),
  coding('with a leading comma', 'Transfer-Encoding: ,chunked'),
  coding('with a trailing comma', 'Transfer-Encoding: chunked,'),
  coding('empty', 'Transfer-Encoding:'),
  coding('behind a vertical tab', 'Transfer-Encoding: \x0bchunked'),
  coding('before a vertical tab', 'Transfer-Encoding: chunked\x0b'),
  coding('behind a form feed', 'Transfer-Encoding: \x0cchunked'),
  coding('before a zero byte', 'Transfer-Encoding: chunked\0'),
  coding('behind a no-break space', 'Transfer-Encoding:\xa0chunked'),
  coding('with a byte above 127', 'Transfer-Encoding: chunked\xff'),
  coding('with a long s', 'Transfer-Encoding: chun\xc5\xbfed'),
  coding('folded', 'Transfer-Encoding:\r\n chunked'),
  coding('folded with a tab', 'Transfer-Encoding:\r\n\tchunked'),
  coding('before a space and the colon', 'Transfer-Encoding : chunked'),
  coding('before a zero byte and the colon', 'Transfer-Encoding\0: chunked'),
  coding('under an underscored name', 'Transfer_Encoding: chunked'),
  coding('behind a bare line feed', 'X-A: b\nTransfer-Encoding: chunked'),
  coding('behind a bare carriage return', 'X-A: b\rTransfer-Encoding: chunked'),
  {
    name: 'coding: in HTTP/1.0',
    bytes: 'POST /x HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  },
];
