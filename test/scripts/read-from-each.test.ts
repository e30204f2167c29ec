import { describe, expect, it } from 'vitest';
import { readFromEach } from '../../scripts/chaos/read-from-each.mjs';

describe('what every node shows', () => {
  it('is what each of them says', async () => {
    const shown = await readFromEach(
      () => ['n1', 'n2'],
      async (url) => `cart at ${url}`,
    );
    expect(shown).toEqual(['cart at n1', 'cart at n2']);
  });

  it('leaves out a node that dies while it is asked', async () => {
    let alive = ['n1', 'n2', 'n3'];
    const read = async (url: string) => {
      if (url !== 'n2') return url;
      alive = ['n1', 'n3'];
      throw new Error('connection refused');
    };
    expect(await readFromEach(() => alive, read)).toEqual(['n1', 'n3']);
  });

  it('does not leave out a node that is there and cannot be asked', async () => {
    const read = () => Promise.reject(new Error('503'));
    await expect(readFromEach(() => ['n1'], read)).rejects.toThrow('503');
  });
});
