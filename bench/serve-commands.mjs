// @ts-check

/**
 * Does what the parent process asks for, by name, and ends with it.
 *
 * @param {Readonly<Record<string, (argument: never) => unknown>>} commands
 */
export function serveCommands(commands) {
  process.on('disconnect', () => process.exit());
  process.on(
    'message',
    async (/** @type {{ call: number, command: string, argument: never }} */ m) => {
      try {
        process.send?.({ call: m.call, result: await commands[m.command]?.(m.argument) });
      } catch (error) {
        process.send?.({ call: m.call, error: /** @type {Error} */ (error).stack });
      }
    },
  );
}
