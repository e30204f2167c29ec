import { describe, expect, it } from 'vitest';
import { parseBusArguments } from './bus-arguments.js';

const bus = { run: 'bus', host: '127.0.0.1', port: 0, ignoreSigint: false };

describe('the arguments of understudy-bus', () => {
  it.each([
    [[], bus],
    [['--port', '4222'], { ...bus, port: 4222 }],
    [['--port=0', '--host', '::1'], { ...bus, host: '::1' }],
    [['--ignore-sigint'], { ...bus, ignoreSigint: true }],
    [['--help', '--port', 'x'], { run: 'help' }],
  ])('%j', (args, expected) => {
    expect(parseBusArguments(args)).toEqual(expected);
  });

  it.each([
    [['--port', '65536'], /--port is "65536", expected 0 to 65535/],
    [['--port', '-1'], /--port/],
    [['--port', '1e3'], /--port/],
    [['--port'], /--port/],
    [['--host', ''], /--host/],
    [['--nonsense'], /--nonsense/],
    [['4222'], /4222/],
  ])('%j is refused', (args, reason) => {
    expect(parseBusArguments(args)).toEqual({
      run: 'refuse',
      reason: expect.stringMatching(reason),
    });
  });
});
