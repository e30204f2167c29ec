import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ConnectionFacts, noteConnection } from '../proxy/connection-facts.js';
import { AddressRanges } from './address-ranges.js';
import type { ForwardedHeader } from './claims.js';
import { forwardingOf } from './forwarded.js';
import { parseForwarded } from './parse-forwarded.js';

const PROXY: ConnectionFacts = {
  ...{ address: '10.0.0.9', protocol: 'http', isTrustedProxy: true, tlsSessionId: 'aa' },
};
const STRANGER: ConnectionFacts = { address: '203.0.113.5', protocol: 'http' };

function passOn(header: ForwardedHeader, facts: ConnectionFacts, fields: readonly string[]) {
  const trusted = new AddressRanges(['10.0.0.0/8', 'fd00::/8']);
  const forwarding = forwardingOf({ trusted, header });
  const socket = new PassThrough();
  noteConnection(socket, facts);
  const request = { socket, rawHeaders: fields } as unknown as IncomingMessage;
  const client = forwarding.clientOf(request);
  const sent = forwarding.headersFor(fields, client, 'shop.example');
  const told: Record<string, string> = {};
  for (let i = 0; i < sent.length; i += 2)
    told[(sent[i] as string).toLowerCase()] = sent[i + 1] ?? '';
  return { client, told };
}

describe('of X-Forwarded-*', () => {
  test.each<[string, string[], string, string]>([
    ['nothing is told', [], '10.0.0.9', '10.0.0.9'],
    ['the client', ['X-Forwarded-For', '192.0.2.1'], '192.0.2.1', '192.0.2.1, 10.0.0.9'],
    [
      'what the client made up before its own address',
      ['X-Forwarded-For', '127.0.0.1, 10.1.1.1, 192.0.2.1'],
      '192.0.2.1',
      '192.0.2.1, 10.0.0.9',
    ],
    [
      'a chain of trusted proxies',
      ['X-Forwarded-For', '1.1.1.1, 192.0.2.1, 10.0.0.1', 'x-forwarded-for', '10.0.0.2'],
      '192.0.2.1',
      '192.0.2.1, 10.0.0.1, 10.0.0.2, 10.0.0.9',
    ],
    [
      'none but trusted ones',
      ['X-Forwarded-For', '10.0.0.1,10.0.0.2'],
      '10.0.0.1',
      '10.0.0.1, 10.0.0.2, 10.0.0.9',
    ],
    ['ports', ['X-Forwarded-For', '192.0.2.1:4711'], '192.0.2.1', '192.0.2.1, 10.0.0.9'],
    [
      'IPv6 in brackets',
      ['X-Forwarded-For', '[2001:DB8::1]:4711'],
      '2001:db8::1',
      '2001:db8::1, 10.0.0.9',
    ],
    ['no address', ['X-Forwarded-For', '192.0.2.1, unknown'], '10.0.0.9', '10.0.0.9'],
    ['nothing at all', ['X-Forwarded-For', ''], '10.0.0.9', '10.0.0.9'],
    ['the other field', ['Forwarded', 'for=192.0.2.1;proto=https'], '10.0.0.9', '10.0.0.9'],
  ])('a trusted proxy is believed: %s', (_name, fields, address, xff) => {
    const { client, told } = passOn('x-forwarded', PROXY, fields);
    expect(client.address).toBe(address);
    expect(told['x-forwarded-for']).toBe(xff);
    expect(told['x-forwarded-proto']).toBe('http');
    expect(told.forwarded).toBeUndefined();
    // That of the proxy's own connection is one for all of its clients.
    expect(client.tlsSessionId).toBeUndefined();
  });

  test.each([
    ['https', 'https'],
    ['HTTPS', 'https'],
    ['wss', 'https'],
    ['ws', 'http'],
    ['https, http', 'http'],
    ['gopher', 'http'],
  ])('the protocol %s is taken for %s', (claimed, protocol) => {
    const { client, told } = passOn('x-forwarded', PROXY, ['X-Forwarded-Proto', claimed]);
    expect(client.protocol).toBe(protocol);
    expect(told['x-forwarded-proto']).toBe(protocol);
  });

  test('the host that was asked for is told, not the one that the proxy asks for', () => {
    const { told } = passOn('x-forwarded', PROXY, ['X-Forwarded-Host', 'www.shop.example']);
    expect(told).toMatchObject({ host: 'shop.example', 'x-forwarded-host': 'www.shop.example' });
    const bad = passOn('x-forwarded', PROXY, ['X-Forwarded-Host', 'a"b']);
    expect(bad.told['x-forwarded-host']).toBe('shop.example');
  });

  test('a stranger is not believed, whatever the header', () => {
    const fields = [
      ...['X-Forwarded-For', '192.0.2.1', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'x'],
      ...['Forwarded', 'for=192.0.2.1;proto=https;host=x', 'X-Real-IP', '192.0.2.1'],
    ];
    for (const header of ['x-forwarded', 'forwarded', 'both'] as const) {
      const { client, told } = passOn(header, STRANGER, fields);
      expect(client).toEqual(STRANGER);
      expect(told).toEqual({
        host: 'shop.example',
        ...(header !== 'forwarded' && {
          'x-forwarded-for': '203.0.113.5',
          'x-forwarded-proto': 'http',
          'x-forwarded-host': 'shop.example',
        }),
        ...(header !== 'x-forwarded' && {
          forwarded: 'for=203.0.113.5;host="shop.example";proto=http',
        }),
      });
    }
  });

  test('Connection cannot take away what is told', () => {
    const fields = ['Connection', 'forwarded, x-forwarded-for', 'X-Forwarded-For', '192.0.2.1'];
    const { told } = passOn('both', PROXY, fields);
    expect(told['x-forwarded-for']).toBe('192.0.2.1, 10.0.0.9');
    expect(told.forwarded).toContain('for=192.0.2.1;');
  });

  test('a chain without an end is not walked', () => {
    const long = new Array(2_000).fill('10.0.0.1').join();
    const { told } = passOn('x-forwarded', PROXY, ['X-Forwarded-For', long]);
    expect(told['x-forwarded-for']?.split(',')).toHaveLength(17);
  });
});

describe('of Forwarded', () => {
  test('each hop has its own protocol and host', () => {
    const { client, told } = passOn('forwarded', PROXY, [
      ...['Forwarded', 'for=1.1.1.1;proto=http;host=evil, for="[2001:DB8::1]:80";Proto=https'],
      ...['forwarded', 'for=10.0.0.1;proto=http', 'X-Forwarded-For', '1.2.3.4'],
    ]);
    expect(client).toMatchObject({ address: '2001:db8::1', protocol: 'https', host: undefined });
    expect(told).toEqual({
      host: 'shop.example',
      forwarded: 'for="[2001:db8::1]";host="shop.example";proto=https, for=10.0.0.1, for=10.0.0.9',
    });
  });

  test.each(['for=_hidden', 'for=unknown', 'proto=https, proto=http', 'for=', 'for=192.0.2.1;'])(
    '%s names nobody',
    (value) => {
      expect(passOn('forwarded', PROXY, ['Forwarded', value]).client.address).toBe('10.0.0.9');
    },
  );

  test.each([
    ['for=a, for="b,;\\"c"; Proto=x ;by=y', [{ for: 'a' }, { for: 'b,;"c', proto: 'x' }]],
    ['for=a;for=b', []],
    ['for=a for=b', []],
    ['for="a', []],
    ['for', []],
    ['for=a,', [{ for: 'a' }]],
    [',for=a', []],
    ['', []],
    ['__proto__=a;for=b', [{ for: 'b' }]],
  ])('%s reads %j', (text, elements) => {
    expect(parseForwarded([text])).toEqual(elements);
  });

  test('what is written can be read again, whatever the host', () => {
    const host = fc.constantFrom('', 'shop.example', 'a:80', '[2001:db8::1]:443', "!$&'()*;,=x");
    const address = fc.oneof(fc.ipV4(), fc.constant('2001:db8::1'));
    fc.assert(
      fc.property(host, address, (name, from) => {
        const forwarding = forwardingOf({ trusted: new AddressRanges([]), header: 'forwarded' });
        const client = { address: from, protocol: 'https', via: ['fd00::1'] } as const;
        const value = forwarding.headersFor([], client, name).at(-1) as string;
        const node = from.includes(':') ? `[${from}]` : from;
        expect(parseForwarded([value])).toEqual([
          { for: node, host: name, proto: 'https' },
          { for: '[fd00::1]' },
        ]);
      }),
    );
  });

  test('nothing that a proxy says throws', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (values) => {
        passOn(
          'forwarded',
          PROXY,
          values.flatMap((value) => ['Forwarded', value]),
        );
        passOn(
          'both',
          PROXY,
          values.flatMap((value) => ['X-Forwarded-For', value]),
        );
      }),
    );
  });
});
