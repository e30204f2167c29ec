import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { describe, expect, test } from 'vitest';
import { Session } from '../src/index.js';
import { ADAPTERS, startApp } from './support/start-app.js';

@Controller()
class KeysController {
  @Post('keys')
  @HttpCode(200)
  add(
    @Session() session: Session<Record<string, number>>,
    @Body() { from, count }: { from: number; count: number },
  ) {
    for (let at = from; at < from + count; at++) session[`key${at}`] = at;
    return { count };
  }

  @Get('keys')
  keys(@Session() session: Session) {
    return { count: Object.keys(session).length };
  }
}

describe.each(ADAPTERS)('a request that changes very many properties, on %s', (adapter) => {
  test('is stored up to 1,024, and beyond that a 413 that stored nothing, also when repeated', async () => {
    const app = await startApp({ adapter, controllers: [KeysController] });
    const browser = app.browser();
    expect((await browser.post('/keys', { from: 0, count: 1 })).status).toBe(200);
    expect((await browser.post('/keys', { from: 1, count: 1000 })).status).toBe(200);
    const key = { 'idempotency-key': 'many-1' };
    for (let time = 0; time < 2; time++) {
      const refused = await browser.post('/keys', { from: 2000, count: 1025 }, key);
      expect(refused.status).toBe(413);
      expect(await refused.json()).toMatchObject({ code: 'session-too-large' });
    }
    expect(await browser.json('/keys')).toEqual({ count: 1001 });
    await app.close();
  });
});
