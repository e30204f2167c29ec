import { get, HIDDEN, post, type SmugglingCase } from './case.js';

const line = (name: string, text: string, status = 400): SmugglingCase => ({
  name: `request line: ${name}`,
  bytes: `${text}\r\nHost: x\r\n\r\n`,
  status,
});

const REQUEST_LINES: readonly SmugglingCase[] = [
  line('without a version', 'GET /'),
  line('HTTP/0.9', 'GET / HTTP/0.9'),
  line('HTTP/1.2', 'GET / HTTP/1.2'),
  line('HTTP/1.10', 'GET / HTTP/1.10'),
  line('HTTP/01.1', 'GET / HTTP/01.1'),
  line('HTTP/1', 'GET / HTTP/1'),
  line('HTTP/2.0', 'GET / HTTP/2.0'),
  line('the preface of HTTP/2', 'PRI * HTTP/2.0'),
  line('a version in lower case', 'GET / http/1.1'),
  line('another protocol', 'GET / ICE/1.0'),
  line('a space behind the version', 'GET / HTTP/1.1 '),
  line('a word behind the version', 'GET / HTTP/1.1 x'),
  line('a space in front', ' GET / HTTP/1.1'),
  line('tabs for spaces', 'GET\t/\tHTTP/1.1'),
  line('a form feed for a space', 'GET\x0c/ HTTP/1.1'),
  line('a space in the target', 'GET /a b HTTP/1.1'),
  line('a method in lower case', 'get / HTTP/1.1'),
  line('a method nobody knows', 'FROB / HTTP/1.1'),
  line('a method with a zero byte', 'GE\0T / HTTP/1.1'),
  line('TRACE', 'TRACE / HTTP/1.1', 405),
  line('CONNECT', 'CONNECT x:80 HTTP/1.1', 405),
];

const target = (name: string, text: string): SmugglingCase => ({
  name: `target: ${name}`,
  bytes: get('', text),
});

const TARGETS: readonly SmugglingCase[] = [
  target('with a fragment', '/a#b'),
  target('with a zero byte', '/a\0b'),
  target('with a control character', '/a\x01b'),
  target('with a delete character', '/a\x7fb'),
  target('with a vertical tab', '/a\x0bb'),
  target('with a carriage return', '/a\rb'),
  target('with a byte above 127', '/\xe4'),
  target('without a slash', 'a'),
  target('with a backslash for one', '\\a'),
  target('an asterisk', '*'),
  target('for another host', 'http://y/'),
  target('for another port', 'http://x:81/'),
  target('with user info', 'http://u@x/'),
  target('of another scheme', 'ftp://x/'),
  target('with no host', 'http:///a'),
  { name: 'target: user info without a Host', bytes: 'GET http://u@x/ HTTP/1.0\r\n\r\n' },
];

const field = (name: string, text: string): SmugglingCase => ({
  name: `field: ${name}`,
  bytes: `${get(`${text}\r\n`)}${HIDDEN}`,
});

const FIELDS: readonly SmugglingCase[] = [
  field('folded', 'X-A: b\r\n c'),
  field('folded with a tab', 'X-A: b\r\n\tc'),
  field('folded over nothing', 'X-A:\r\n b'),
  field('with a space in front', ' X-A: b'),
  field('with a space before the colon', 'X-A : b'),
  field('with a space in its name', 'X A: b'),
  field('without a colon', 'X-A'),
  field('without a name', ': b'),
  field('with a zero byte in its name', 'X\0A: b'),
  field('with a byte above 127 in its name', 'X\x80: b'),
  field('with a quote in its name', 'X"A: b'),
  field('with a delete character in its name', 'X\x7fA: b'),
  field('ended by a line feed', 'X-A: b\nX-B: c'),
  field('ended by a carriage return', 'X-A: b\rX-B: c'),
  field('ended by two carriage returns', 'X-A: b\r\r\nX-B: c'),
  ...[0, 1, 7, 8, 0x0b, 0x0c, 0x0e, 0x1b, 0x1f, 0x7f].map((code) =>
    field(`with the character ${code}`, `X-A: b${String.fromCharCode(code)}c`),
  ),
  field('of ours under an underscored name', 'X_Understudy_Failed_Node: a'),
  field('of forwarding under an underscored name', 'X_Forwarded_For: 127.0.0.1'),
];

const HOSTS: readonly SmugglingCase[] = [
  { name: 'host: none', bytes: 'GET / HTTP/1.1\r\n\r\n' },
  { name: 'host: two', bytes: get('Host: y\r\n') },
  { name: 'host: two equal ones', bytes: get('host: x\r\n') },
  { name: 'host: with a path', bytes: 'GET / HTTP/1.1\r\nHost: x/y\r\n\r\n' },
  { name: 'host: with user info', bytes: 'GET / HTTP/1.1\r\nHost: u@x\r\n\r\n' },
  { name: 'host: a list', bytes: 'GET / HTTP/1.1\r\nHost: x, y\r\n\r\n' },
  { name: 'host: with a space', bytes: 'GET / HTTP/1.1\r\nHost: x y\r\n\r\n' },
  { name: 'host: with a bad port', bytes: 'GET / HTTP/1.1\r\nHost: x:8o\r\n\r\n' },
];

const LINES: readonly SmugglingCase[] = [
  { name: 'lines: ended by line feeds', bytes: 'GET / HTTP/1.1\nHost: x\n\n' },
  { name: 'lines: the first by a line feed', bytes: 'GET / HTTP/1.1\nHost: x\r\n\r\n' },
  { name: 'lines: the last by a line feed', bytes: 'GET / HTTP/1.1\r\nHost: x\r\n\n' },
  { name: 'lines: by carriage returns', bytes: 'GET / HTTP/1.1\rHost: x\r\r' },
  { name: 'lines: a folded first field', bytes: 'GET / HTTP/1.1\r\n X: a\r\nHost: x\r\n\r\n' },
];

/** What is right in itself must not be served behind what was refused, nor change its refusal. */
const BEHIND_A_REFUSAL: readonly SmugglingCase[] = [
  { name: 'behind a refusal: a request', bytes: get('Host: y\r\n') + HIDDEN },
  { name: 'behind a refusal: many requests', bytes: get('Host: y\r\n') + HIDDEN.repeat(50) },
  {
    name: 'behind a refusal: a WebSocket handshake',
    bytes: `${get('Host: y\r\n')}${get('Connection: Upgrade\r\nUpgrade: websocket\r\n', '/hidden')}`,
  },
  {
    name: 'behind a refusal: a request in the body',
    bytes: post(`Content-Length: 0${HIDDEN.length}\r\n`, HIDDEN),
  },
  {
    name: 'behind a refusal: another malformed one',
    bytes: `${get('Host: y\r\n')}GET /hidden HTTP/9.9\r\n\r\n`,
  },
  {
    name: 'behind a refusal: an unknown expectation',
    bytes: post('Expect: wonders\r\nContent-Length: 5\r\n', `hello${HIDDEN}`),
    status: 417,
  },
];

/** Heads that two servers may read differently. */
export const HEADS = [
  ...REQUEST_LINES,
  ...TARGETS,
  ...FIELDS,
  ...HOSTS,
  ...LINES,
  ...BEHIND_A_REFUSAL,
];
