import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram, missingPrograms } from '../find-program.mjs';

describe('findProgram', () => {
  let root = '';
  const at = (...parts: string[]) => join(root, ...parts);
  const none: string[] = [];

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'understudy-programs-'));
    for (const folder of ['a', 'b', 'sbin']) mkdirSync(at(folder));
    for (const path of [at('b', 'nginx'), at('sbin', 'haproxy'), at('b', 'chromium')]) {
      writeFileSync(path, '#!/bin/sh\n');
      chmodSync(path, 0o755);
    }
    writeFileSync(at('a', 'nginx'), 'not executable');
    mkdirSync(at('a', 'redis-server'));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  const path = () => [at('a'), at('b')].join(delimiter);

  it('takes the first executable file on PATH, no folder and no plain file', () => {
    expect(findProgram('nginx', { PATH: path() }, none)).toBe(at('b', 'nginx'));
    expect(findProgram('redis-server', { PATH: path() }, none)).toBeNull();
  });

  it('looks into sbin as well, which PATH leaves out', () => {
    expect(findProgram('haproxy', { PATH: path() }, [at('sbin')])).toBe(at('sbin', 'haproxy'));
    expect(findProgram('haproxy', {}, none)).toBeNull();
  });

  it('takes the chosen Chromium, and no other when that one is not there', () => {
    expect(findProgram('chromium', { PATH: path() }, none)).toBe(at('b', 'chromium'));
    const chosen = { PATH: path(), CHROMIUM_PATH: at('b', 'nginx') };
    expect(findProgram('chromium', chosen, none)).toBe(at('b', 'nginx'));
    expect(findProgram('chromium', { ...chosen, CHROMIUM_PATH: at('nowhere') }, none)).toBeNull();
  });

  it('treats as missing what it is told to', () => {
    const environment = { PATH: path(), UNDERSTUDY_WITHOUT: 'chromium,nginx' };
    expect(findProgram('nginx', environment, none)).toBeNull();
  });

  it('names what is missing in alphabetical order', () => {
    const all = 'varnishtest,haproxy,redis-server,nats-server,nginx,chromium,openssl';
    expect(missingPrograms({ UNDERSTUDY_WITHOUT: all })).toEqual([
      'chromium',
      'haproxy',
      'nats-server',
      'nginx',
      'openssl',
      'redis-server',
      'varnishtest',
    ]);
  });
});
