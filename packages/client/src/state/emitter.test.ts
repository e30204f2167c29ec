import { expect, test } from 'vitest';
import { createEmitter } from './emitter.js';

interface Events {
  ping: number;
  pong: string;
}

const microtasks = () => new Promise((resolve) => setTimeout(resolve));

test('listeners hear the events they asked for, after the emitter has returned', async () => {
  const emitter = createEmitter<Events>();
  const heard: unknown[] = [];
  emitter.on('ping', (event) => heard.push(event));
  emitter.on('pong', (event) => heard.push(event));
  emitter.emit('ping', 1);
  expect(heard).toEqual([]);
  await microtasks();
  expect(heard).toEqual([1]);
});

test('a listener removed before its turn is not called', async () => {
  const emitter = createEmitter<Events>();
  const heard: number[] = [];
  const off = emitter.on('ping', (event) => heard.push(event));
  emitter.emit('ping', 1);
  off();
  await microtasks();
  expect(heard).toEqual([]);
});

test('a listener that emits and listens again neither deadlocks nor runs for ever', async () => {
  const emitter = createEmitter<Events>();
  const heard: number[] = [];
  emitter.on('ping', (event) => {
    heard.push(event);
    emitter.on('ping', (later) => heard.push(later * 10));
    if (event < 2) emitter.emit('ping', event + 1);
  });
  emitter.emit('ping', 1);
  await microtasks();
  expect(heard).toEqual([1, 2, 20]);
});

test('an error of one listener surfaces as uncaught and does not keep others from hearing', async () => {
  const emitter = createEmitter<Events>();
  const heard: number[] = [];
  const uncaught = new Promise((resolve) => {
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', (error) => {
      for (const listener of listeners) process.on('uncaughtException', listener);
      resolve(error);
    });
  });
  emitter.on('ping', () => {
    throw new Error('of the listener');
  });
  emitter.on('ping', (event) => heard.push(event));
  emitter.emit('ping', 1);
  expect(await uncaught).toMatchObject({ message: 'of the listener' });
  expect(heard).toEqual([1]);
});
