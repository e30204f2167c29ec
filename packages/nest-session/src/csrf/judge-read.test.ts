import { describe, expect, test } from 'vitest';
import { isForeignRead, type ReadFacts } from './judge-read.js';

const image: ReadFacts = {
  method: 'GET',
  fetchSite: 'cross-site',
  fetchMode: 'no-cors',
  fetchDest: 'image',
  origin: undefined,
  trustedOrigins: ['https://partner.example'],
};

describe('isForeignRead (ASVS 3.5.8)', () => {
  test.each<[string, Partial<ReadFacts>, boolean]>([
    ['an image on a page of another site', {}, true],
    ['a script there', { fetchDest: 'script' }, true],
    ['a fetch from there', { fetchMode: 'cors', fetchDest: 'empty' }, true],
    ['a frame there', { fetchMode: 'navigate', fetchDest: 'iframe' }, true],
    ['an object there', { fetchMode: 'navigate', fetchDest: 'object' }, true],
    ['a browser that says only where from', { fetchMode: undefined, fetchDest: undefined }, true],
    ['a page of a trusted origin', { origin: 'https://partner.example' }, false],
    ['a link that is followed', { fetchMode: 'navigate', fetchDest: 'document' }, false],
    ['a link, told by an older browser', { fetchMode: 'navigate', fetchDest: undefined }, false],
    ['our own page', { fetchSite: 'same-origin' }, false],
    ['a sibling domain', { fetchSite: 'same-site' }, false],
    ['the user', { fetchSite: 'none' }, false],
    ['no browser at all', { fetchSite: undefined }, false],
  ])('%s', (_name, change, expected) => {
    expect(isForeignRead({ ...image, ...change })).toBe(expected);
  });
});
