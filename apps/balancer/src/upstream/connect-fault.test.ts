import { expect, test } from 'vitest';
import { ConnectTimeoutError } from '../errors.js';
import { connectFault } from './connect-fault.js';

test.each([
  ['ECONNREFUSED', 'connect'],
  ['ECONNRESET', 'connect'],
  ['EHOSTUNREACH', 'connect'],
  ['ENOTFOUND', 'connect'],
  ['EMFILE', 'local'],
  ['EADDRNOTAVAIL', 'local'],
] as const)('%s is a fault of kind %s', (code, kind) => {
  expect(connectFault(Object.assign(new Error('failed'), { code }))).toBe(kind);
});

test('a connection that does not come in time is the fault of the node', () => {
  expect(connectFault(new ConnectTimeoutError('127.0.0.1:1', 1))).toBe('connect');
});
