import 'reflect-metadata';
import { ShopError } from './errors.js';
import { readSettings } from './settings.js';
import { type RunningShop, startShop } from './start-shop.js';
import { warmUp } from './warm-up.js';

/** One shop process: start, say so, and leave in good order when told to. */
async function main(): Promise<void> {
  const settings = readSettings(process.env);
  if (settings.ignoreInterrupt) process.on('SIGINT', () => undefined);
  await warmUp(settings);
  const shop = await startShop(settings);
  leaveOn('SIGTERM', shop);
  if (!settings.ignoreInterrupt) leaveOn('SIGINT', shop);
  console.log(`shop ${settings.nodeId} listening on ${shop.url}`);
}

/** The first signal hands everything over; the second one leaves at once. */
function leaveOn(signal: NodeJS.Signals, shop: RunningShop): void {
  process.once(signal, () => {
    process.once(signal, () => process.exit(1));
    shop.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  });
}

function fail(error: unknown): never {
  // A wrong setting is explained by its message; anything else is a defect and needs its stack.
  console.error(error instanceof ShopError && error.cause === undefined ? error.message : error);
  process.exit(1);
}

main().catch(fail);
