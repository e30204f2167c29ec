#!/usr/bin/env node
import { BUS_HELP, type BusCommand, parseBusArguments } from './bus-arguments.js';
import { type EmbeddedBus, startEmbeddedBus } from './embedded-bus.js';

const EXIT_FAILED = 1;
const EXIT_WRONG_USE = 2;

type BusRun = Extract<BusCommand, { run: 'bus' }>;

async function runBus({ host, port, ignoreSigint }: BusRun): Promise<void> {
  const bus = await startEmbeddedBus({ host, port });
  const stop = () => void stopBus(bus);
  process.on('SIGTERM', stop);
  process.on('SIGINT', ignoreSigint ? () => {} : stop);
  // Started by embeddedBus(): a bus must not outlive the process it was started for.
  process.on('disconnect', stop);
  // Whoever read the line may be gone; that is no reason to stop.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  console.error('understudy-bus is for development and tests only; in production, run nats-server');
  console.log(`understudy-bus listening on ${bus.url}`);
}

async function stopBus(bus: EmbeddedBus): Promise<void> {
  await bus.close();
  process.exit(0);
}

const command = parseBusArguments(process.argv.slice(2));
if (command.run === 'help') console.log(BUS_HELP.trimEnd());
else if (command.run === 'refuse') {
  console.error(`understudy-bus: ${command.reason}\n\n${BUS_HELP.trimEnd()}`);
  process.exitCode = EXIT_WRONG_USE;
} else {
  runBus(command).catch((error: Error) => {
    console.error(`understudy-bus: ${error.message}`);
    process.exitCode = EXIT_FAILED;
  });
}
