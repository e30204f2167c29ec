import { type RunningApp, Visitor } from './apps.js';
import type { Gate } from './gate.js';

/** Of `rounds` pairs of parallel requests that each write a key of their own, how many kept both. */
export async function keptBoth(rounds: number, one: RunningApp, other: RunningApp) {
  let kept = 0;
  for (let round = 0; round < rounds; round++) {
    const visitor = new Visitor();
    await visitor.get(one, '/write/first');
    await Promise.all([
      visitor.tab().get(one, '/write/left?held'),
      visitor.tab().get(other, '/write/right?held'),
    ]);
    const { left, right } = await visitor.json(one, '/read');
    if (left && right) kept++;
  }
  return kept;
}

/** Of `rounds` logouts while another request was running, after how many the old cookie worked. */
export async function revived(
  rounds: number,
  gate: Gate,
  one: RunningApp,
  other: RunningApp,
  /** What the other request does; it is let go by the `/read?held` that comes after the logout. */
  path: '/write/late?held' | '/read?held',
) {
  let alive = 0;
  for (let round = 0; round < rounds; round++) {
    const visitor = new Visitor();
    await visitor.get(one, '/write/user');
    const isHeld = gate.nextArrival();
    const running = visitor.tab().get(other, path);
    await isHeld;
    await visitor.tab().get(one, '/logout');
    await new Visitor().get(one, '/read?held');
    await running;
    for (const app of [one, other]) {
      const { user } = await visitor.tab().json(app, '/read');
      if (user) alive++;
    }
  }
  return alive;
}
