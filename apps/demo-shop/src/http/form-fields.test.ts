import { describe, expect, it } from 'vitest';
import { formFields, wholeNumber } from './form-fields.js';

describe('formFields', () => {
  it.each<[unknown, object]>([
    [undefined, {}],
    ['a=b', {}],
    [{ a: 'b', list: ['x', 'y'], nested: { c: 'd' }, number: 1, _csrf: 'token' }, { a: 'b' }],
  ])('of %j are %j', (body, fields) => {
    expect(formFields(body)).toEqual(fields);
  });
});

describe('wholeNumber', () => {
  it.each([
    ['0', 0],
    [' 12 ', 12],
    ['99', 99],
    ['100', undefined],
    ['1.5', undefined],
    ['-1', undefined],
    ['1e1', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j up to 99 is %j', (text, number) => {
    expect(wholeNumber(text, 99)).toBe(number);
  });
});
