import { describe, expect, it } from 'vitest';
import { TransportClosedError } from '../errors.js';
import { StatusBoard } from './status-board.js';

const up = { kind: 'connected' } as const;
const down = { kind: 'disconnected' } as const;

function board(initial: typeof up | typeof down = up) {
  const warnings: string[] = [];
  const status = new StatusBoard(initial, { warn: (message) => warnings.push(message) });
  const heard: string[] = [];
  const listener = status.listen(({ kind }) => heard.push(kind));
  return { status, heard, listener, warnings };
}

describe('StatusBoard', () => {
  it('tells the present status at once and then each change once', () => {
    const { status, heard } = board();
    for (const change of [up, down, down, up]) status.set(change);
    expect(heard).toEqual(['connected', 'disconnected', 'connected']);
  });

  it('never comes back from closed', () => {
    const { status, heard } = board();
    const cause = new Error('why');
    status.set({ kind: 'closed', cause });
    status.set(up);
    expect(heard).toEqual(['connected', 'closed']);
    expect(status.current).toEqual({ kind: 'closed', cause });
  });

  it('tells nobody who left, not even when another listener sent him away', () => {
    const { status, heard, listener } = board();
    const second: string[] = [];
    const leaving = status.listen(({ kind }) => second.push(kind));
    listener.unsubscribe();
    status.listen(({ kind }) => kind === 'disconnected' && leaving.unsubscribe());
    status.set(down);
    status.set(up);
    expect(heard).toEqual(['connected']);
    expect(second).toEqual(['connected', 'disconnected']);
  });

  it('reports a listener that throws and tells the others', () => {
    const { status, warnings } = board();
    status.listen(() => {
      throw new Error('planted');
    });
    const after: string[] = [];
    status.listen(({ kind }) => after.push(kind));
    status.set(down);
    expect(after).toEqual(['connected', 'disconnected']);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatch(/a status listener threw: Error: planted/);
  });

  it('lets wait for the connection, and not for ever', async () => {
    await expect(board(up).status.whenConnected()).resolves.toBeUndefined();
    const { status } = board(down);
    const waiting = status.whenConnected();
    status.set(up);
    await expect(waiting).resolves.toBeUndefined();
    status.set(down);
    const hopeless = status.whenConnected();
    status.set({ kind: 'closed' });
    await expect(hopeless).rejects.toThrow(TransportClosedError);
    await expect(status.whenConnected()).rejects.toThrow(TransportClosedError);
  });
});
