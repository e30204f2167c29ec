import { BadRequestException, HttpException, NotFoundException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { BusyError } from '../errors.js';
import { ShopProblem } from '../problem.js';
import { describeError } from './describe-error.js';

describe('an error as clients see it', () => {
  it.each<[string, unknown, object]>([
    [
      'is the problem that was thrown',
      new ShopProblem('not-found', 'No such product.', { extensions: { sku: 'x' } }),
      { status: 404, code: 'not-found', detail: 'No such product.', document: { sku: 'x' } },
    ],
    [
      'is the problem of the session module',
      new HttpException(
        { type: 'urn:understudy:csrf-invalid', title: 'T', code: 'csrf-invalid', detail: 'D' },
        403,
      ),
      { status: 403, code: 'csrf-invalid', title: 'T', detail: 'D' },
    ],
    [
      'names what the framework refused',
      new NotFoundException('Cannot GET /nowhere'),
      { status: 404, code: 'not-found', detail: 'Cannot GET /nowhere' },
    ],
    [
      'takes the status of a body parser',
      Object.assign(new Error('request entity too large'), { statusCode: 413 }),
      { status: 413, code: 'too-large' },
    ],
    ['is a bad request', new BadRequestException('no'), { status: 400, code: 'bad-request' }],
    [
      'says when to come back',
      new BusyError(64),
      { status: 503, code: 'busy', headers: { 'Retry-After': '2' } },
    ],
  ])('%s', (_name, error, expected) => {
    expect(describeError(error)).toMatchObject(expected);
  });

  it.each([
    new Error('password is hunter2'),
    'hunter2',
    null,
    { statusCode: 500, message: 'hunter2' },
  ])('tells nothing of what went wrong inside (%#)', (error) => {
    const described = describeError(error);
    expect(described).toMatchObject({ status: 500, code: 'internal' });
    expect(JSON.stringify(described)).not.toContain('hunter2');
  });
});
