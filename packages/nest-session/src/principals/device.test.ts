import { describe, expect, test } from 'vitest';
import { decodeDevice, deviceOf, encodeDevice, networkOf, UNKNOWN_DEVICE } from './device.js';

const facts = (userAgent: string | undefined, ip = '203.0.113.77') => ({
  method: 'POST',
  target: '/login',
  secure: true,
  host: 'shop.example',
  ip,
  header: (name: string) => (name === 'user-agent' ? userAgent : undefined),
});

const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)';
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)';
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X)';
const WEBKIT = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';
const BLINK = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const ANDROID = 'Mozilla/5.0 (Linux; Android 10; K)';

describe('what a person recognizes a device by', () => {
  test.each([
    [`${WINDOWS} ${BLINK} Chrome/137.0.0.0 Safari/537.36`, 'Chrome 137', 'Windows'],
    [`${WINDOWS} ${BLINK} Chrome/137.0.0.0 Safari/537.36 Edg/137.0.0.0`, 'Edge 137', 'Windows'],
    [`${MAC} ${BLINK} Chrome/136.0.0.0 Safari/537.36 OPR/121.0.0.0`, 'Opera 121', 'macOS'],
    [`${MAC} ${WEBKIT} Version/18.5 Safari/605.1.15`, 'Safari 18', 'macOS'],
    [`${IPHONE} ${WEBKIT} Version/18.5 Mobile/15E148 Safari/604.1`, 'Safari 18', 'iPhone'],
    [`${IPHONE} ${WEBKIT} CriOS/137.0.7151.79 Mobile/15E148 Safari/604.1`, 'Chrome 137', 'iPhone'],
    [
      'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      'Firefox 140',
      'Linux',
    ],
    [
      `${ANDROID} ${BLINK} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
      'Samsung Internet 28',
      'Android',
    ],
    ['curl/8.14.1', 'curl 8', null],
    ['node', null, null],
    [undefined, null, null],
    ['Chrome/'.repeat(100_000), null, null],
  ])('of %.60s', (userAgent, browser, system) => {
    expect(deviceOf(facts(userAgent))).toEqual({ browser, system, network: '203.0.113.0/24' });
  });

  test.each([
    ['203.0.113.77', '203.0.113.0/24'],
    ['::ffff:203.0.113.77', '203.0.113.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', undefined],
    ['unknown', undefined],
  ])('%s is in network %s', (ip, network) => {
    expect(networkOf(ip)).toBe(network);
  });

  test('survives its way through the engine and fits', () => {
    const device = deviceOf(facts(`${ANDROID} ${BLINK} SamsungBrowser/2800 Chrome/130`, 'ffff::1'));
    const bytes = encodeDevice(device);
    expect(bytes.length).toBeLessThanOrEqual(256);
    expect(decodeDevice(bytes)).toEqual(device);
  });

  test.each(['', 'x', '{}', '[1,{}]', '[]'])('is unknown when %j was stored', (text) => {
    expect(decodeDevice(new TextEncoder().encode(text))).toEqual(UNKNOWN_DEVICE);
  });
});
