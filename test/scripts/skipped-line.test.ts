import { describe, expect, it } from 'vitest';
import { skippedLine, strictFailure } from '../../scripts/test/skipped-line.mjs';

describe('the last line of npm test', () => {
  it('names what was skipped, or says that nothing was', () => {
    expect(skippedLine(['chromium', 'nginx'])).toBe('skipped for want of: chromium, nginx');
    expect(skippedLine([])).toBe('nothing skipped');
  });
});

describe('UNDERSTUDY_REQUIRE_ALL', () => {
  it.each([
    [['nginx'], '1', 'these programs are missing: nginx'],
    [['nginx'], undefined, null],
    [['nginx'], '0', null],
    [['nginx'], '', null],
    [[], '1', null],
  ])('with %j missing and set to %j', (missing, required, message) => {
    const refusal = strictFailure(missing, { UNDERSTUDY_REQUIRE_ALL: required });
    if (message === null) expect(refusal).toBeNull();
    else expect(refusal).toContain(message);
  });
});
