import { describe, expect, it, onTestFinished } from 'vitest';
import { OpenPort } from '../src/cluster/open-port.js';
import { until } from './support/until.js';

async function openPort(maxHeld?: number): Promise<OpenPort> {
  const port = await OpenPort.open('127.0.0.1', 0, maxHeld);
  onTestFinished(() => {
    port.server.closeAllConnections();
    return port.close();
  });
  return port;
}

describe('a port that is open before the application', () => {
  it('holds what comes too early and answers it once it can', async () => {
    const port = await openPort();
    const url = `http://127.0.0.1:${port.port}`;
    const connections = (): Promise<number> =>
      new Promise((resolve) => port.server.getConnections((_error, count) => resolve(count)));
    const early = Promise.all([fetch(`${url}/a`), fetch(`${url}/b`)]);
    await until(connections, (count) => count === 2);
    port.serve((request, response) => response.end(request.url));
    const answers = await Promise.all((await early).map((response) => response.text()));
    expect(answers).toEqual(['/a', '/b']);
    expect(await (await fetch(`${url}/c`)).text()).toBe('/c');
  });

  it('holds no more than its limit', async () => {
    const port = await openPort(2);
    const url = `http://127.0.0.1:${port.port}`;
    const first = await Promise.race([fetch(url), fetch(url), fetch(url)]);
    expect(first.status).toBe(503);
    expect(first.headers.get('retry-after')).toBe('1');
    port.serve((_request, response) => response.end());
  });

  it('resolves when the last request was answered', async () => {
    const port = await OpenPort.open('127.0.0.1', 0);
    let answer: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => {
      port.serve((_request, response) => {
        answer = () => response.setHeader('Connection', 'close').end('last');
        resolve();
      });
    });
    const response = fetch(`http://127.0.0.1:${port.port}`);
    await arrived;
    let isClosed = false;
    const closed = port.close().then(() => {
      isClosed = true;
    });
    await expect(fetch(`http://127.0.0.1:${port.port}`)).rejects.toThrow();
    expect(isClosed).toBe(false);
    answer();
    expect(await (await response).text()).toBe('last');
    await closed;
  });

  it('says when the port is taken', async () => {
    const port = await openPort();
    await expect(OpenPort.open('127.0.0.1', port.port)).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});
