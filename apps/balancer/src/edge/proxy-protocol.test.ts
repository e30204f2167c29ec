import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32c } from './crc32c.js';
import { parseProxyHeader } from './proxy-protocol.js';

const MAX_BYTES = 4_096;
const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n';
const V4 = [192, 0, 2, 1, 198, 51, 100, 2, 0x30, 0x39, 0x01, 0xbb];
const V6 = [...ipv6('20010db8000000000000000000000001'), ...ipv6('00'.repeat(16)), 0, 1, 0, 2];

function ipv6(hex: string): number[] {
  return [...Buffer.from(hex, 'hex')];
}

function v2(command: number, family: number, payload: readonly number[]): Buffer {
  const length = [payload.length >>> 8, payload.length & 255];
  return Buffer.from([...Buffer.from(SIGNATURE, 'latin1'), command, family, ...length, ...payload]);
}

function tlv(type: number, value: readonly number[]): number[] {
  return [type, value.length >>> 8, value.length & 255, ...value];
}

const parse = (bytes: Buffer | string) =>
  parseProxyHeader(Buffer.from(bytes as string, 'latin1'), MAX_BYTES);

function withChecksum(payload: readonly number[]): Buffer {
  const header = v2(0x21, 0x11, [...payload, ...tlv(3, [0, 0, 0, 0])]);
  header.writeUInt32BE(crc32c(header), header.length - 4);
  return header;
}

test('the checksum is that of RFC 3720', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
});

const SOUND: readonly [
  name: string,
  header: Buffer | string,
  address: string | undefined,
  tls?: boolean,
][] = [
  ['v1 TCP4', 'PROXY TCP4 192.0.2.1 198.51.100.2 12345 443\r\n', '192.0.2.1'],
  ['v1 TCP6', 'PROXY TCP6 2001:DB8::1 :: 1 2\r\n', '2001:db8::1'],
  ['v1 TCP6 with IPv4 in it', 'PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n', '192.0.2.1'],
  ['v1 UNKNOWN', 'PROXY UNKNOWN\r\n', undefined],
  ['v1 UNKNOWN with anything behind', 'PROXY UNKNOWN ffff::1 what ever\r\n', undefined],
  [`v1 of 107 bytes`, `PROXY UNKNOWN ${'x'.repeat(91)}\r\n`, undefined],
  ['v2 TCP4', v2(0x21, 0x11, V4), '192.0.2.1'],
  ['v2 TCP6', v2(0x21, 0x21, V6), '2001:db8::1'],
  [
    'v2 TCP6 with IPv4 in it',
    v2(0x21, 0x21, [...ipv6('00000000000000000000ffffc0000201'), ...V6.slice(16)]),
    '192.0.2.1',
  ],
  ['v2 LOCAL', v2(0x20, 0x00, []), undefined],
  ['v2 LOCAL with an address', v2(0x20, 0x11, V4), undefined],
  ['v2 UNSPEC', v2(0x21, 0x00, []), undefined],
  ['v2 UNSPEC with anything behind', v2(0x21, 0x00, [1, 2]), undefined],
  ['v2 of datagrams', v2(0x21, 0x12, V4), undefined],
  ['v2 of a Unix socket', v2(0x21, 0x31, new Array(216).fill(0)), undefined],
  [
    'v2 with fields nobody knows',
    v2(0x21, 0x11, [...V4, ...tlv(0xea, [1, 2]), ...tlv(4, [])]),
    '192.0.2.1',
  ],
  [
    'v2 of a client with TLS',
    v2(0x21, 0x11, [...V4, ...tlv(0x20, [1, 0, 0, 0, 0])]),
    '192.0.2.1',
    true,
  ],
  [
    'v2 of a client without TLS',
    v2(0x21, 0x11, [...V4, ...tlv(0x20, [0, 0, 0, 0, 0])]),
    '192.0.2.1',
  ],
  ['v2 with its checksum', withChecksum([...V4, ...tlv(4, [1])]), '192.0.2.1'],
];

describe('a header', () => {
  test.each(SOUND)('%s', (_name, header, address, isEncrypted = false) => {
    const bytes = Buffer.from(header as string, 'latin1');
    const expected = { length: bytes.length, address, isEncrypted };
    expect(parse(bytes)).toEqual(expected);
    expect(parse(Buffer.concat([bytes, Buffer.from('GET / HTTP/1.1\r\n')]))).toEqual(expected);
  });

  test.each(SOUND)('%s is awaited until its last byte', (_name, header) => {
    const bytes = Buffer.from(header as string, 'latin1');
    for (let cut = 0; cut < bytes.length; cut++) expect(parse(bytes.subarray(0, cut))).toBe('more');
  });
});

const MALFORMED: readonly [name: string, header: Buffer | string][] = [
  ['HTTP', 'GET / HTTP/1.1\r\n'],
  ['a TLS hello', Buffer.from([22, 3, 1])],
  ['one wrong letter', 'PROXI'],
  ['lower case', 'proxy TCP4 '],
  ['no family', 'PROXY \r\n'],
  ['another family', 'PROXY UDP4 192.0.2.1 198.51.100.2 1 2\r\n'],
  ['addresses of the other family', 'PROXY TCP4 ::1 ::1 1 2\r\n'],
  ['two blanks', 'PROXY TCP4  192.0.2.1 198.51.100.2 1 2\r\n'],
  ['a blank at the end', 'PROXY TCP4 192.0.2.1 198.51.100.2 1 2 \r\n'],
  ['a port too large', 'PROXY TCP4 192.0.2.1 198.51.100.2 1 65536\r\n'],
  ['a port with a zero before', 'PROXY TCP4 192.0.2.1 198.51.100.2 01 2\r\n'],
  ['a zone', 'PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n'],
  ['no carriage return', `PROXY TCP4 192.0.2.1 198.51.100.2 1 2\n${'x'.repeat(80)}`],
  ['v1 of 108 bytes', `PROXY UNKNOWN ${'x'.repeat(92)}\r\n`],
  ['version 1 in the binary form', v2(0x11, 0x11, V4)],
  ['another command', v2(0x22, 0x11, V4)],
  ['another family', v2(0x21, 0x41, V4)],
  ['another protocol', v2(0x21, 0x13, V4)],
  ['no room for the addresses', v2(0x21, 0x11, V4.slice(1))],
  ['a field cut short', v2(0x21, 0x11, [...V4, 4, 0])],
  ['a field longer than the header', v2(0x21, 0x11, [...V4, 4, 0, 2, 0])],
  ['a wrong checksum', v2(0x21, 0x11, [...V4, ...tlv(3, [1, 2, 3, 4])])],
  ['a checksum of another size', v2(0x21, 0x11, [...V4, ...tlv(3, [1])])],
  ['more than is read', v2(0x20, 0x00, new Array(MAX_BYTES).fill(0)).subarray(0, 16)],
];

describe('no header', () => {
  test.each(MALFORMED)('%s', (_name, header) => {
    expect(parse(header)).toBe('malformed');
  });

  test('a byte changed under a checksum is found', () => {
    const header = withChecksum(V4);
    for (let at = 16; at < header.length - 7; at++) {
      const damaged = Buffer.from(header);
      damaged[at] = (damaged[at] as number) ^ 1;
      expect(parse(damaged)).toBe('malformed');
    }
  });

  test('whatever comes is judged without a throw, and nothing is read beyond it', () => {
    const start = fc.constantFrom('PROXY ', 'PROXY TCP4 ', SIGNATURE, `${SIGNATURE}\x21\x11`, '');
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 300 }), (text, more) => {
        const bytes = Buffer.concat([Buffer.from(text, 'latin1'), more]);
        const parsed = parse(bytes);
        if (typeof parsed === 'string') return ['more', 'malformed'].includes(parsed);
        return parsed.length <= bytes.length;
      }),
    );
  });

  test('once malformed, more bytes change nothing', () => {
    for (const [, header] of MALFORMED) {
      const bytes = Buffer.concat([Buffer.from(header as string, 'latin1'), Buffer.alloc(200, 65)]);
      expect(parse(bytes)).toBe('malformed');
    }
  });
});
