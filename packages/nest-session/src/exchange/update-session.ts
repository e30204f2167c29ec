import { SessionUsageError } from '../errors.js';
import { EXPECTED_DURABILITY, isDurability } from '../options/durability.js';
import type { UpdateOptions } from '../session/update-options.js';
import type { UpdateFunction } from './atomic-update.js';
import type { CommitOptions } from './commit-outcome.js';
import type { LiveSession } from './live-session.js';

/** An update that may wait for other copies than the rest of its request, whose `route` options are given. */
export async function updateSession<Result>(
  live: LiveSession,
  change: UpdateFunction<Result>,
  route: CommitOptions,
  { durability = route.durability }: UpdateOptions,
): Promise<Result> {
  if (!isDurability(durability)) {
    const given = JSON.stringify(durability);
    throw new SessionUsageError(
      `update(): durability is ${given}, expected ${EXPECTED_DURABILITY}`,
    );
  }
  if (durability !== route.durability) {
    // Earlier changes would be stored along with this one, and wait for fewer copies than they must.
    await live.update(() => undefined, route);
  }
  return live.update(change, { ...route, durability });
}
