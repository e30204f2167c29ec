import { SessionUsageError } from '../errors.js';
import { EXPECTED_DURABILITY, isDurability } from '../options/durability.js';
import type { UpdateOptions } from '../session/update-options.js';
import type { UpdateFunction } from './atomic-update.js';
import { commitOptions, type ExchangeState } from './exchange-state.js';
import { checkName, updateOnce } from './update-once.js';

/** An update as its options say; see `SessionHandle.update`. */
export async function updateSession<Result>(
  state: ExchangeState,
  change: UpdateFunction<Result>,
  { durability, once }: UpdateOptions,
): Promise<Result> {
  const { live } = state;
  const route = commitOptions(state, { renew: !state.headersGone });
  if (durability !== undefined) checkDurability(durability);
  if (once !== undefined) checkName(once);
  if (durability !== undefined && durability !== route.durability) {
    // Earlier changes would be stored along with this one, and wait for fewer copies than they must.
    await live.update(() => undefined, route);
  }
  const options = { ...route, durability: durability ?? route.durability };
  if (once === undefined) return live.update(change, options);
  return updateOnce(state, once, (remember) => live.update(change, options, remember));
}

function checkDurability(durability: unknown): void {
  if (isDurability(durability)) return;
  const given = JSON.stringify(durability);
  throw new SessionUsageError(`update(): durability is ${given}, expected ${EXPECTED_DURABILITY}`);
}
