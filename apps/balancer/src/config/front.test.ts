import { describe, expect, test } from 'vitest';
import { describeFault } from './field.js';
import { type Environment, readConfig } from './read-config.js';

const NODES = { BALANCER_NODES: 'a=http://h:1' };

function read(text: string, environment: Environment = {}) {
  const file = { name: 'b.yaml', text };
  return readConfig({ file, environment: { ...NODES, ...environment } });
}

describe('what lies before the first request', () => {
  test('is read from a file', () => {
    const { config, faults } = read(`
tls:
  certFile: shop.pem
  keyFile: shop.key
  minVersion: TLSv1.3
  sessionIds: true
  sni:
    - { names: [a.example, '*.a.example'], certFile: a.pem, keyFile: a.key }
    - { names: 'b.example, c.example', certFile: b.pem, keyFile: b.key }
proxyProtocol: { trusted: [10.0.0.0/8, 'fd00::/8'] }
forwarded: { trusted: 10.0.0.1, header: both }
rateLimit: { perSecond: 0.5, burst: 3 }
limits: { connectionsPerAddress: 20 }
`);
    expect(faults).toEqual([]);
    expect(config).toMatchObject({
      tls: {
        ...{ certFile: 'shop.pem', keyFile: 'shop.key', minVersion: 'TLSv1.3', sessionIds: true },
        sni: [
          { names: ['a.example', '*.a.example'], certFile: 'a.pem', keyFile: 'a.key' },
          { names: ['b.example', 'c.example'], certFile: 'b.pem', keyFile: 'b.key' },
        ],
      },
      proxyProtocol: { trusted: ['10.0.0.0/8', 'fd00::/8'] },
      forwarded: { trusted: ['10.0.0.1'], header: 'both' },
      rateLimit: { perSecond: 0.5, burst: 3 },
      limits: { connectionsPerAddress: 20 },
    });
  });

  test('is read from the environment', () => {
    const { config } = read('', {
      BALANCER_TLS_CERT_FILE: 'shop.pem',
      BALANCER_TLS_KEY_FILE: 'shop.key',
      BALANCER_PROXY_PROTOCOL_TRUSTED: '10.0.0.0/8, fd00::/8',
      BALANCER_FORWARDED_TRUSTED: '10.0.0.1',
      BALANCER_FORWARDED_HEADER: 'forwarded',
      BALANCER_RATE_LIMIT_PER_SECOND: '20',
    });
    expect(config).toMatchObject({
      tls: { certFile: 'shop.pem', keyFile: 'shop.key' },
      proxyProtocol: { trusted: ['10.0.0.0/8', 'fd00::/8'] },
      forwarded: { trusted: ['10.0.0.1'], header: 'forwarded' },
      rateLimit: { perSecond: 20, burst: 100 },
    });
  });

  const range = 'an address or a range such as 10.0.0.0/8 or 2001:db8::/32';
  test.each<[string, string]>([
    [
      'tls: { certFile: a.pem }',
      'tls.keyFile is undefined, expected the path of a file; TLS takes both, a certificate and its key',
    ],
    [
      'tls: { keyFile: a, sni: [{ names: a, certFile: a, keyFile: a }] }',
      'tls.certFile is undefined, expected the path of a file; TLS takes both, a certificate and its key',
    ],
    [
      'tls: { certFile: a, keyFile: "-----BEGIN PRIVATE KEY-----\\nhunter2" }',
      'b.yaml:1: tls.keyFile is …, expected the path of a file',
    ],
    [
      'tls: { minVersion: TLSv1.1 }',
      'b.yaml:1: tls.minVersion is "TLSv1.1", expected TLSv1.2 or TLSv1.3',
    ],
    [
      'tls: { sni: shop.example }',
      'b.yaml:1: tls.sni is "shop.example", expected a list of at most 256 with names, certFile and keyFile, in the file',
    ],
    [
      'tls:\n  sni:\n  - { names: a, certFile: a }',
      'b.yaml:3: tls.sni[0].keyFile is undefined, expected a value',
    ],
    [
      'tls:\n  sni:\n  - { names: [a, "*"], certFile: a, keyFile: a }',
      'b.yaml:3: tls.sni[0].names is a list, expected 1 to 100 names such as shop.example or *.shop.example',
    ],
    [
      'proxyProtocol:\n  trusted:\n  - 10.0.0.0/8\n  - localhost',
      `b.yaml:4: proxyProtocol.trusted[1] is "localhost", expected ${range}`,
    ],
    [
      'forwarded: { trusted: 10.0.0.0/40 }',
      `b.yaml:1: forwarded.trusted[0] is "10.0.0.0/40", expected ${range}`,
    ],
    [
      'forwarded: { trusted: true }',
      `b.yaml:1: forwarded.trusted is true, expected a list of at most 256, each ${range}`,
    ],
    [
      'forwarded: { header: via }',
      'b.yaml:1: forwarded.header is "via", expected x-forwarded or forwarded or both',
    ],
    [
      'rateLimit: { burst: 0 }',
      'b.yaml:1: rateLimit.burst is 0, expected a whole number of requests from 1 to 2147483647',
    ],
    [
      'rateLimit: { perSecond: -1 }',
      'b.yaml:1: rateLimit.perSecond is -1, expected a number of requests from 0 to 1000000',
    ],
  ])('%s is refused', (text, message) => {
    expect(read(text).faults.map(describeFault)).toEqual([message]);
  });
});
