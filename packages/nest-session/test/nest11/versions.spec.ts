import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { NestFactory } from '@nestjs/core';
import { expect, test } from 'vitest';
import { SessionModule } from './src/index.js';

const require = createRequire(import.meta.url);

test.each([
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-express',
  '@nestjs/platform-fastify',
  '@nestjs/platform-ws',
  '@nestjs/testing',
  '@nestjs/websockets',
])('%s is of Nest 11', (name) => {
  const { version } = JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8'));
  expect(version).toMatch(/^11\./);
});

test('the package that was built runs on the same Nest', async () => {
  const app = await NestFactory.create(SessionModule.forRoot(), { logger: false });
  await app.init();
  await app.close();
});
