import { closeAfterTest } from './bench.js';
import { ask } from './client.js';
import { type MainProcess, startMain } from './main-process.js';
import { until } from './wait.js';

export interface WorkerView {
  readonly pid: number;
  readonly state: string;
  readonly view: number | null;
}

export interface ClusterAnswer {
  readonly nodes: readonly {
    readonly label: string;
    readonly state: string;
    readonly circuit: string;
  }[];
  readonly workers: readonly WorkerView[];
}

export interface MainBalancer extends MainProcess {
  readonly url: string;
  readonly admin: string;
  cluster(): Promise<ClusterAnswer>;
  /** Process ids of the workers that take clients. */
  ready(): Promise<number[]>;
  /** A value of the metrics by its name behind `understudy_balancer_`. */
  metric(name: string): Promise<number>;
}

/** The program with two workers, unless the environment says otherwise. */
export async function startWorkers(
  nodes: readonly { readonly label: string; readonly url: string }[],
  environment: Record<string, string> = {},
  parameters: readonly string[] = [],
): Promise<MainBalancer> {
  const list = nodes.map(({ label, url }) => `${label}=${url}`).join(',');
  const main = closeAfterTest(
    startMain(
      {
        ...{ PORT: '0', ADMIN_PORT: '0', BALANCER_CONFIG: '', UNDERSTUDY_BUS: '' },
        ...{ BALANCER_WORKERS: '2', BALANCER_NODES: list, ...environment },
      },
      parameters,
    ),
  );
  await until(
    'it listens',
    () => {
      if (/^balancer: /m.test(main.output())) throw new Error(main.output());
      return main.output().includes('balancer listening');
    },
    30_000,
  );
  const [, url = '', admin = ''] = /on (\S+), admin (\S+)/.exec(main.output()) ?? [];
  const cluster = async (): Promise<ClusterAnswer> =>
    JSON.parse((await ask(`${admin}/api/cluster`)).body) as ClusterAnswer;
  return {
    ...main,
    ...{ url, admin, cluster },
    ready: async () => {
      const { workers } = await cluster();
      return workers.filter(({ state }) => state === 'ready').map(({ pid }) => pid);
    },
    metric: async (name) => {
      const { body } = await ask(`${admin}/metrics`);
      const line = body.split('\n').find((each) => each.startsWith(`understudy_balancer_${name} `));
      return Number(line?.split(' ').at(-1));
    },
  };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
