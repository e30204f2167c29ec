import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { gateResponse } from './response-gate.js';
import type { ResponseDraft, Settlement } from './settlement.js';

const NOTHING: Settlement = { headers: {}, cookies: [] };

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
});

interface Exchange {
  readonly drafts: ResponseDraft[];
  /** What was told of how long it was held back, each time. */
  readonly held: readonly (number | undefined)[];
  readonly lateEnds: number;
  readonly response: Response;
}

/** Serves one response through a gate with a settlement that takes a while. */
async function serve(
  handle: (response: ServerResponse) => void,
  settlement: Settlement = NOTHING,
  method = 'GET',
  look: (draft: ResponseDraft) => void = () => {},
): Promise<Exchange> {
  const drafts: ResponseDraft[] = [];
  const held: (number | undefined)[] = [];
  let lateEnds = 0;
  server = createServer((_request, response) => {
    const settle = async (draft: ResponseDraft): Promise<Settlement> => {
      drafts.push({ ...draft });
      look(draft);
      await new Promise(setImmediate);
      return settlement;
    };
    gateResponse(response, {
      respond: settle,
      settled: (_settlement, heldMs) => held.push(heldMs),
      finish: () => lateEnds++,
    });
    handle(response);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server?.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/`, { method });
  return {
    drafts,
    held,
    response,
    get lateEnds() {
      return lateEnds;
    },
  };
}

const problem: Settlement = {
  headers: { 'X-Ours': 'yes' },
  cookies: ['c=1'],
  replacement: {
    status: 503,
    headers: { 'Content-Type': 'application/problem+json' },
    body: '{"status":503}',
  },
};

describe('a gated response', () => {
  test.each<[string, () => never | Promise<never>]>([
    [
      'at once',
      () => {
        throw new Error('a defect');
      },
    ],
    ['later', () => Promise.reject(new Error('a defect'))],
  ])('is broken off where settling fails %s: nobody waits', async (_name, respond) => {
    const closed = vi.fn();
    server = createServer((_request, response) => {
      gateResponse(response, { respond, settled() {}, finish() {} });
      response.on('close', closed);
      response.end('text');
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server?.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed');
    expect(closed).toHaveBeenCalledOnce();
  });

  describe('with a head of its own', () => {
    const ours = { headers: { 'X-Ours': 'yes' }, cookies: ['a=1', 'b=2'] };

    test('keeps it where nothing is added, without what has no value', async () => {
      const { response } = await serve((out) => {
        out.writeHead(201, { 'X-Theirs': 'too', 'X-None': undefined });
        out.end('text');
      });
      expect(response.status).toBe(201);
      expect([...response.headers.keys()]).toContain('x-theirs');
      expect([...response.headers.keys()]).not.toContain('x-none');
    });

    test('keeps it, beside what is added', async () => {
      const { drafts, response } = await serve((out) => {
        out.writeHead(201, { 'X-Theirs': 'too', 'X-List': ['1', '2'], 'X-None': undefined });
        out.end('body');
      }, ours);
      expect(drafts).toMatchObject([{ status: 201, body: 'body' }]);
      expect([response.status, await response.text()]).toEqual([201, 'body']);
      expect(response.headers.get('x-theirs')).toBe('too');
      expect(response.headers.get('x-list')).toBe('1, 2');
      expect(response.headers.get('x-none')).toBeNull();
      expect(response.headers.get('x-ours')).toBe('yes');
      expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    });

    test('gets the cookies after its own, and the added header in place of its own', async () => {
      const { response } = await serve((out) => {
        out.writeHead(200, { 'set-cookie': 'theirs=1', 'x-ours': 'no' });
        out.end();
      }, ours);
      expect(response.headers.get('x-ours')).toBe('yes');
      expect(response.headers.getSetCookie()).toEqual(['theirs=1', 'a=1', 'b=2']);
    });

    test('keeps what it was given besides, before and after', async () => {
      const { response } = await serve((out) => {
        out.setHeader('X-Before', 'b');
        out.writeHead(200, { 'X-Head': 'h', 'X-Later': 'head' });
        out.setHeader('X-Later', 'later');
        out.end();
      }, ours);
      const names = ['x-before', 'x-head', 'x-later', 'x-ours'];
      expect(names.map((name) => response.headers.get(name))).toEqual(['b', 'h', 'later', 'yes']);
      const second = await serve((out) => {
        out.writeHead(200, { 'X-Head': 'h', 'X-Later': 'head' });
        out.setHeader('X-Later', 'later');
        out.writeHead(202, { 'X-Second': 's' });
        out.end();
      });
      expect(second.response.status).toBe(202);
      expect(second.response.headers.get('x-head')).toBe('h');
      expect(second.response.headers.get('x-later')).toBe('later');
      expect(second.response.headers.get('x-second')).toBe('s');
    });

    test('is refused where it is given when it cannot be sent', async () => {
      const errors: unknown[] = [];
      const { response } = await serve((out) => {
        for (const head of [{ 'X-Bad': 'a\nb' }, { 'X-List': ['a', 'b\r'] }, { 'X Bad': 'a' }]) {
          try {
            out.writeHead(200, head);
          } catch (error) {
            errors.push((error as { code?: string }).code);
            expect(out.headersSent).toBe(false);
          }
        }
        out.writeHead(200, { 'X-Good': 'g' });
        out.end();
      });
      expect(errors).toEqual(['ERR_INVALID_CHAR', 'ERR_INVALID_CHAR', 'ERR_INVALID_HTTP_TOKEN']);
      expect(response.headers.get('x-good')).toBe('g');
    });

    test('shows it to whoever settles, whatever the case of its names', async () => {
      const seen: (string | undefined)[] = [];
      await serve(
        (out) => out.writeHead(201, { location: '/next' }).end(),
        NOTHING,
        'GET',
        (draft) => seen.push(draft.header('Location'), draft.header('X-None')),
      );
      expect(seen).toEqual(['/next', undefined]);
    });

    test('keeps of it what does not describe the body when it is replaced', async () => {
      const { response } = await serve((out) => {
        out.writeHead(200, { 'Access-Control-Allow-Origin': '*', ETag: '"x"' });
        out.end('secret');
      }, problem);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      expect(response.headers.get('etag')).toBeNull();
    });
  });

  test('is settled once, with its status and body, before it leaves', async () => {
    const { drafts, response } = await serve(
      (out) => {
        out.statusCode = 201;
        out.end('body');
      },
      { headers: { 'X-Ours': 'yes' }, cookies: ['a=1', 'b=2'] },
    );
    expect(drafts).toMatchObject([{ status: 201, body: 'body' }]);
    expect([response.status, await response.text()]).toEqual([201, 'body']);
    expect(response.headers.get('x-ours')).toBe('yes');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  test('tells once how long it was held back', async () => {
    const { held } = await serve((out) => out.end('body'));
    expect(held).toEqual([expect.any(Number)]);
  });

  test('knows no body when it comes in pieces, and tells when it has ended', async () => {
    const exchange = await serve((out) => {
      out.write('one ');
      out.write('two ');
      out.end('three');
    });
    expect(exchange.drafts).toMatchObject([{ body: undefined }]);
    expect(await exchange.response.text()).toBe('one two three');
    expect(exchange.lateEnds).toBe(1);
  });

  test('tells nothing when it was complete at once', async () => {
    const exchange = await serve((out) => out.end('all'));
    await exchange.response.text();
    expect(exchange.lateEnds).toBe(0);
  });

  test('looks sent to the application while it is held back', async () => {
    const facts: boolean[] = [];
    await serve((out) => {
      facts.push(out.headersSent, out.writableEnded);
      out.writeHead(200);
      facts.push(out.headersSent);
      out.end();
      facts.push(out.writableEnded);
    });
    expect(facts).toEqual([false, false, true, true]);
  });

  test('asks a writer to wait, and to go on', async () => {
    const { response } = await serve((out) => {
      let rest = 3;
      const more = (): void => {
        if (rest-- === 0) out.end('end');
        else if (out.write('x'.repeat(100))) more();
        else out.once('drain', more);
      };
      more();
    });
    expect((await response.text()).length).toBe(303);
  });

  test('calls the callbacks of what was written', async () => {
    const called: string[] = [];
    const { response } = await serve((out) => {
      out.write('a', () => called.push('write'));
      out.end('b', () => called.push('end'));
    });
    await response.text();
    expect(called).toEqual(['write', 'end']);
  });

  test('takes bytes and other encodings for what they are', async () => {
    const bytes = await serve((out) => out.end(Buffer.from('bytes')));
    expect(Buffer.from(bytes.drafts[0]?.body as Uint8Array).toString()).toBe('bytes');
    const hex = await serve((out) => out.end('6869', 'hex'));
    expect(Buffer.from(hex.drafts[0]?.body as Uint8Array).toString()).toBe('hi');
    expect(await hex.response.text()).toBe('hi');
  });

  test.each<[string, (out: ServerResponse) => void]>([
    ['a complete one', (out) => out.end('secret')],
    [
      'a streamed one',
      (out) => {
        out.write('secret');
        setImmediate(() => {
          out.write('more');
          out.end('end');
        });
      },
    ],
    [
      'one with a head of its own',
      (out) => {
        out.writeHead(302, { Location: '/next', ETag: '"x"', 'Content-Length': '6' });
        out.end('secret');
      },
    ],
    ['one without a body', (out) => out.writeHead(204).end()],
    [
      'one that only flushed its head',
      (out) => {
        out.flushHeaders();
        setImmediate(() => out.end());
      },
    ],
  ])('can be replaced: %s', async (_name, handle) => {
    const { response } = await serve(handle, problem);
    expect([response.status, await response.text()]).toEqual([503, '{"status":503}']);
    expect(response.statusText).toBe('Service Unavailable');
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('content-length')).toBe('14');
    for (const name of ['location', 'etag']) expect(response.headers.get(name)).toBeNull();
    expect(response.headers.getSetCookie()).toEqual(['c=1']);
  });

  test('to HEAD can be replaced too', async () => {
    const { response } = await serve((out) => out.end(), problem, 'HEAD');
    expect([response.status, await response.text()]).toEqual([503, '']);
  });
});

describe('a response that is whole and settled at once', () => {
  async function answer(handle: (response: ServerResponse) => void): Promise<string> {
    server = createServer((_request, response) => {
      gateResponse(response, { respond: () => NOTHING, settled: () => {}, finish: () => {} });
      handle(response);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server?.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    return (await fetch(`http://127.0.0.1:${port}/`)).text();
  }

  test('leaves at the end of the turn, with the others', async () => {
    const written: number[] = [];
    const text = await answer((out) => {
      const { socket } = out;
      const note = () => written.push(socket?.bytesWritten ?? -1);
      out.end('body');
      note();
      expect([out.headersSent, out.writableEnded]).toEqual([true, true]);
      setImmediate(() => setImmediate(note));
    });
    expect([text, written[0]]).toEqual(['body', 0]);
    await vi.waitFor(() => expect(written[1]).toBeGreaterThan(0), 30_000);
  });

  test('is not overtaken by what is written after it, which is an error as ever', async () => {
    const errors: unknown[] = [];
    const text = await answer((out) => {
      out.on('error', (error) => errors.push((error as NodeJS.ErrnoException).code));
      out.end('body');
      out.write('more');
    });
    await vi.waitFor(() => expect(errors).toEqual(['ERR_STREAM_WRITE_AFTER_END']), 30_000);
    expect(text).toBe('body');
  });
});
