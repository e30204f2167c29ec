import { expect, test } from 'vitest';
import { unknownVariables } from './unknown-variables.js';

test.each([
  ['BALANCER_WORKER', true],
  ['BALANCER_TIMEOUT_CONNECT_MS', true],
  ['BALANCER_', true],
  ['BALANCER_WORKERS', false],
  ['BALANCER_TIMEOUTS_CONNECT_MS', false],
  // A short name of one.
  ['BALANCER_FIRST_BYTE_MS', false],
  ['BALANCER_CONFIG', false],
  ['PORT', false],
  ['OTHER_WORKER', false],
  // As Kubernetes has it for a Service called balancer, and for one called balancer-admin.
  ['BALANCER_PORT', false],
  ['BALANCER_SERVICE_HOST', false],
  ['BALANCER_SERVICE_PORT_HTTP', false],
  ['BALANCER_PORT_8080_TCP_ADDR', false],
  ['BALANCER_ADMIN_SERVICE_PORT', false],
])('of %s it is said that nobody reads it: %s', (name, isUnknown) => {
  expect(unknownVariables({ [name]: '3' })).toEqual(isUnknown ? [name] : []);
});

test('an empty variable counts as absent', () => {
  expect(unknownVariables({ BALANCER_WORKER: '' })).toEqual([]);
});
