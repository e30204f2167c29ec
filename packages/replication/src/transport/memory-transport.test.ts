import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.js';
import { MEMORY_MAX_WAITING_BYTES } from './limits.js';
import { createMemoryBus, memoryTransport } from './memory-transport.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (payload: Uint8Array) => new TextDecoder().decode(payload);

describe('the in-memory bus', () => {
  it('never delivers from inside publish', async () => {
    const bus = createMemoryBus();
    const [a, b] = [memoryTransport({ bus }), memoryTransport({ bus })];
    const seen: string[] = [];
    b.subscribe('x', (message) => seen.push(text(message.payload)));
    await b.flush();
    a.publish('x', bytes('1'));
    expect(seen).toEqual([]);
    await a.flush();
    expect(seen).toEqual(['1']);
  });

  it('keeps a private bus private', async () => {
    const [a, b] = [memoryTransport(), memoryTransport()];
    const seen: string[] = [];
    b.subscribe('>', (message) => seen.push(message.subject));
    await b.flush();
    a.publish('x', bytes('1'));
    await a.flush();
    await b.flush();
    expect(seen).toEqual([]);
  });

  it('gives the receiver bytes of its own', async () => {
    const bus = createMemoryBus();
    const [a, b] = [memoryTransport({ bus }), memoryTransport({ bus })];
    const seen: string[] = [];
    b.subscribe('x', (message) => seen.push(text(message.payload)));
    await b.flush();
    const payload = Buffer.from('before');
    a.publish('x', payload);
    payload.write('AFTER!');
    await a.flush();
    expect(seen).toEqual(['before']);
  });

  it('loses what is under way to a member whose cable is pulled', async () => {
    const bus = createMemoryBus();
    const [a, b] = [memoryTransport({ bus }), memoryTransport({ bus })];
    const seen: string[] = [];
    b.subscribe('x', (message) => seen.push(text(message.payload)));
    await b.flush();
    a.publish('x', bytes('lost'));
    b.disconnect();
    await a.flush();
    b.connect();
    a.publish('x', bytes('kept'));
    await a.flush();
    expect(seen).toEqual(['kept']);
  });

  it('lets a flush wait for the cable and a close not', async () => {
    const a = memoryTransport();
    a.disconnect();
    let flushed = false;
    const flush = a.flush().then(() => {
      flushed = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(flushed).toBe(false);
    a.connect();
    await flush;
    a.disconnect();
    await a.close();
  });

  it('drops messages above the bound of its queue and works on', async () => {
    const bus = createMemoryBus();
    const [a, b] = [memoryTransport({ bus }), memoryTransport({ bus })];
    let received = 0;
    b.subscribe('x', () => {
      received += 1;
    });
    await b.flush();
    const payload = new Uint8Array(a.maxPayloadBytes);
    const fits = Math.floor(MEMORY_MAX_WAITING_BYTES / payload.byteLength);
    for (let sent = 0; sent < fits + 5; sent += 1) a.publish('x', payload);
    await a.flush();
    expect(received).toBe(fits);
    a.publish('x', payload);
    await a.flush();
    expect(received).toBe(fits + 1);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses %d as its payload limit',
    (maxPayloadBytes) => {
      expect(() => createMemoryBus({ maxPayloadBytes })).toThrow(OptionError);
    },
  );
});
