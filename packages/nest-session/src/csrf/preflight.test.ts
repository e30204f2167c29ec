import { describe, expect, test } from 'vitest';
import { type PreflightFacts, skipsPreflight } from './preflight.js';

const form: PreflightFacts = {
  method: 'POST',
  contentType: 'application/x-www-form-urlencoded',
  fetchSite: undefined,
  hasTokenHeader: false,
};

describe('skipsPreflight (ASVS 3.5.2)', () => {
  test.each<[string, Partial<PreflightFacts>, boolean]>([
    ['a form', {}, true],
    ['a form with files', { contentType: 'multipart/form-data; boundary=x' }, true],
    ['text', { contentType: 'text/plain' }, true],
    ['text in another spelling', { contentType: ' Text/PLAIN ;charset=utf-8' }, true],
    ['no content type', { contentType: undefined }, true],
    ['a content type that is none', { contentType: 'json' }, true],
    ['an empty content type', { contentType: '' }, true],
    ['a form from another site', { fetchSite: 'cross-site' }, true],
    ['a form from a sibling domain', { fetchSite: 'same-site' }, true],
    ['JSON', { contentType: 'application/json' }, false],
    ['another type of JSON', { contentType: 'application/merge-patch+json' }, false],
    ['a form of our own page', { fetchSite: 'same-origin' }, false],
    ['a form with the CSRF header', { hasTokenHeader: true }, false],
    ['PUT', { method: 'PUT' }, false],
    ['DELETE', { method: 'DELETE', contentType: undefined }, false],
  ])('%s', (_name, change, expected) => {
    expect(skipsPreflight({ ...form, ...change })).toBe(expected);
  });
});
