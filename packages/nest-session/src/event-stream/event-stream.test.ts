import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { EventStream } from './event-stream.js';

/** A response that nobody reads. */
function unread(): ServerResponse {
  const response = new Writable({ highWaterMark: 1, write() {} });
  return Object.assign(response, { writeHead: () => response }) as unknown as ServerResponse;
}

test('a client that does not read is cut off before its events fill the memory', () => {
  const response = unread();
  const stream = new EventStream(response);
  let sent = 0;
  while (!response.destroyed && sent < 10_000) {
    stream.send('updated', { revision: '1.1' });
    sent += 1;
  }
  expect(response.destroyed).toBe(true);
  expect(sent).toBeLessThan(2000);
  stream.send('ping', {});
  stream.end();
});
