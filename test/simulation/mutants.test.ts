import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ELSEWHERE, MUTANTS } from '../../scripts/mutants/index.mjs';
import { applyEdit, REPLICATION } from '../../scripts/simulation/bundle.mjs';

describe('mutants', () => {
  it.each(MUTANTS)('$name still matches the sources', ({ edits }) => {
    for (const edit of edits) {
      const code = readFileSync(join(REPLICATION, 'src', edit.file), 'utf8');
      expect(applyEdit(code, edit)).not.toBe(code);
    }
  });

  it('a text that is not there, or there twice, is refused with its file', () => {
    const edit = { file: 'core/some.ts', find: 'one', replace: 'two' };
    expect(() => applyEdit('none', { ...edit, find: 'x' })).toThrow('core/some.ts');
    expect(() => applyEdit('one one', edit)).toThrow('2 times');
  });

  it('none of the 28 known defects is forgotten', () => {
    const numbers = new Set([...MUTANTS, ...ELSEWHERE].map(({ number }) => number));
    for (let number = 1; number <= 28; number++) expect(numbers).toContain(number);
  });
});
