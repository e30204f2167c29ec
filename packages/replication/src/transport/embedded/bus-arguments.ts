import { parseArgs } from 'node:util';

/** What the command line asks for. */
export type BusCommand =
  | {
      readonly run: 'bus';
      readonly host: string;
      readonly port: number;
      readonly ignoreSigint: boolean;
    }
  | { readonly run: 'help' }
  | { readonly run: 'refuse'; readonly reason: string };

export const BUS_HELP = `understudy-bus: a small NATS-compatible broker, for development on one machine

  --host HOST      address to listen on (default 127.0.0.1)
  --port PORT      port to listen on; 0, the default, takes a free one
  --ignore-sigint  leave Ctrl-C to the process that started this one
  --help           this text
`;

const LARGEST_PORT = 65_535;

export function parseBusArguments(args: readonly string[]): BusCommand {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: '0' },
        'ignore-sigint': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { run: 'help' };
    if (values.host === '') return refuse('--host expects a host name or address');
    if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > LARGEST_PORT) {
      return refuse(`--port is ${JSON.stringify(values.port)}, expected 0 to ${LARGEST_PORT}`);
    }
    const { host, port, 'ignore-sigint': ignoreSigint } = values;
    return { run: 'bus', host, port: Number(port), ignoreSigint };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function refuse(reason: string): BusCommand {
  return { run: 'refuse', reason };
}
