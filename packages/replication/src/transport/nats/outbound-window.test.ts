import { describe, expect, it } from 'vitest';
import { OutboundWindow } from './outbound-window.js';

describe('OutboundWindow', () => {
  it('refuses what the broker has not made room for', () => {
    const window = new OutboundWindow(1_000, 100);
    expect(window.admit(500)).toBe(true);
    expect(window.admit(500)).toBe(false);
    expect(window.admit(300)).toBe(true);
  });

  it('counts the command line, so that empty messages are bounded too', () => {
    const window = new OutboundWindow(640, 100);
    const admitted = Array.from({ length: 20 }, () => window.admit(0));
    expect(admitted.filter(Boolean)).toHaveLength(10);
  });

  it('admits again once the broker has confirmed', () => {
    const window = new OutboundWindow(1_000, 100);
    window.admit(900);
    const mark = window.due();
    expect(window.admit(900)).toBe(false);
    window.confirm(mark ?? 0);
    expect(window.admit(900)).toBe(true);
  });

  it('asks for a confirmation once per stretch of bytes', () => {
    const window = new OutboundWindow(10_000, 1_000);
    window.admit(500);
    expect(window.due()).toBeUndefined();
    window.admit(500);
    expect(window.due()).toBe(1_128);
    expect(window.due()).toBeUndefined();
    window.admit(1_000);
    expect(window.due()).toBe(2_192);
  });

  it('is not set back by a late confirmation', () => {
    const window = new OutboundWindow(2_000, 1);
    window.admit(900);
    const first = window.due() ?? 0;
    window.admit(900);
    const second = window.due() ?? 0;
    window.confirm(second);
    window.confirm(first);
    expect(window.admit(1_900)).toBe(true);
  });
});
