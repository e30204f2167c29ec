import { describe, expect, it } from 'vitest';
import { OptionError } from '../../errors.js';
import type { NatsTransportOptions } from './nats-options.js';
import { planNatsTransport } from './plan.js';

const connection = {
  publish: () => {},
  subscribe: () => ({ unsubscribe: () => {} }),
  flush: async () => {},
  close: async () => {},
  closed: async () => {},
  isClosed: () => false,
  isDraining: () => false,
  status: async function* () {},
};
const closed = { ...connection, isClosed: () => true };

describe('planNatsTransport', () => {
  it('fills in the defaults', () => {
    expect(planNatsTransport({ servers: 'a' })).toMatchObject({
      kind: 'dial',
      servers: ['a:4222'],
      lanes: 'separate',
      name: 'understudy',
      security: {},
      connectTimeoutMs: undefined,
      waitOnFirstConnect: true,
    });
  });

  it.each([
    [{ servers: 'nats://u:p@a' }, { user: 'u', pass: 'p' }],
    [{ servers: 'nats://t@a' }, { token: 't' }],
    [
      { servers: 'a', user: 'u', pass: 'p' },
      { user: 'u', pass: 'p' },
    ],
    [{ servers: 'nats://u@a', token: 'other' }, { token: 'other' }],
    [{ servers: 'tls://a' }, { tls: {} }],
    [{ servers: 'tls://t@a' }, { token: 't', tls: {} }],
    [{ servers: 'tls://a', tls: { caFile: 'x' } }, { tls: { caFile: 'x' } }],
    [
      { servers: 'tls://t@a', user: 'u' },
      { user: 'u', tls: {} },
    ],
  ])('%j becomes the security %j', (options, security) => {
    expect(planNatsTransport(options)).toMatchObject({ kind: 'dial', security });
    expect((planNatsTransport(options) as { security: object }).security).toEqual(security);
  });

  it('takes one connection or three', () => {
    expect(planNatsTransport({ connection })).toMatchObject({ kind: 'loan' });
    const connections = { control: connection, replication: connection, bulk: connection };
    expect(planNatsTransport({ connections })).toMatchObject({ kind: 'loan' });
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'natsTransport()'],
    ['no address', {}, 'servers'],
    ['an empty list', { servers: [] }, 'servers'],
    ['two ways', { servers: 'a', connection }, 'servers'],
    ['lanes', { servers: 'a', lanes: 2 }, 'lanes'],
    ['name', { servers: 'a', name: '' }, 'name'],
    ['a timeout of 0', { servers: 'a', connectTimeoutMs: 0 }, 'connectTimeoutMs'],
    ['a timeout of text', { servers: 'a', connectTimeoutMs: '5' }, 'connectTimeoutMs'],
    ['an endless timeout', { servers: 'a', connectTimeoutMs: 1e12 }, 'connectTimeoutMs'],
    ['waitOnFirstConnect', { servers: 'a', waitOnFirstConnect: 1 }, 'waitOnFirstConnect'],
    ['onWaiting', { servers: 'a', onWaiting: 'x' }, 'onWaiting'],
    ['a logger without warn', { servers: 'a', logger: {} }, 'logger'],
    ['a password without user', { servers: 'a', pass: 'p' }, 'pass'],
    ['a token that is no text', { servers: 'a', token: 5 }, 'token'],
    ['an authenticator that is none', { servers: 'a', authenticator: {} }, 'authenticator'],
    ['tls that is no object', { servers: 'a', tls: true }, 'tls'],
    [
      'a key in place of its path',
      { servers: 'a', tls: { keyFile: '-----BEGIN x' } },
      'tls.keyFile',
    ],
    ['lines in place of a path', { servers: 'a', tls: { caFile: 'a\nb' } }, 'tls.caFile'],
    ['a path that is no text', { servers: 'a', tls: { certFile: 5 } }, 'tls.certFile'],
    ['no connection', { connection: {} }, 'connection'],
    ['a closed connection', { connection: closed }, 'connection'],
    [
      'two of three',
      { connections: { control: connection, bulk: connection } },
      'connections.replication',
    ],
  ])('refuses %s', (_, options, option) => {
    const plan = () => planNatsTransport(options as NatsTransportOptions);
    expect(plan).toThrow(OptionError);
    expect(plan).toThrow(expect.objectContaining({ option }));
  });

  it('keeps secrets out of its errors', () => {
    const plan = () =>
      planNatsTransport({ servers: 'a', user: 'u', pass: ['hunter2'] as unknown as string });
    expect(plan).toThrow(/^(?!.*hunter2)/);
  });
});
