import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { natsConfig } from '../../scripts/cluster/nats-config.mjs';
import { ROOT } from '../../scripts/cluster/paths.mjs';
import { YOUNG_GENERATION_FLAG } from '../../scripts/cluster/programs.mjs';

// Comes with the tool that keeps the change log.
const yaml = createRequire(import.meta.url)('js-yaml') as { load(text: string): unknown };

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
}

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const compose = yaml.load(read('docker-compose.yml')) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const service = (name: string): Service => compose.services[name] as Service;
const SHOPS = ['shop1', 'shop2', 'shop3'];

describe('docker-compose.yml', () => {
  it('runs bus, redis, three shops and the balancer', () => {
    expect(Object.keys(compose.services).sort()).toEqual([
      'balancer',
      'nats',
      'redis',
      'shop1',
      'shop2',
      'shop3',
    ]);
  });

  it('refuses to start without a secret, and says what to do', () => {
    for (const shop of SHOPS) {
      expect(service(shop).environment?.UNDERSTUDY_SECRET).toMatch(
        /^\$\{UNDERSTUDY_SECRET:\?set it to .*at least 32 characters/,
      );
    }
    expect(read('docker-compose.yml')).not.toMatch(/UNDERSTUDY_SECRET: *['"]?[A-Za-z0-9+/=]{16}/);
  });

  it('asks for a token where other containers reach the admin port, and says what to do', () => {
    const { ADMIN_HOST, BALANCER_ADMIN_TOKEN } = service('balancer').environment ?? {};
    expect(ADMIN_HOST).toBe('0.0.0.0');
    expect(BALANCER_ADMIN_TOKEN).toMatch(
      /^\$\{BALANCER_ADMIN_TOKEN:\?set it to .*at least 16 characters/,
    );
  });

  it('gives every shop its own name and address, and all of them the same cluster', () => {
    const environments = SHOPS.map((shop) => service(shop).environment ?? {});
    expect(environments.map((each) => each.NODE_ID)).toEqual(['n1', 'n2', 'n3']);
    expect(environments.map((each) => each.SHOP_URL)).toEqual(
      SHOPS.map((shop, index) => `http://${shop}:${environments[index]?.PORT}`),
    );
    const balancer = service('balancer').environment ?? {};
    for (const each of environments) {
      expect(each.UNDERSTUDY_BUS).toBe(balancer.UNDERSTUDY_BUS);
      expect(each.UNDERSTUDY_CLUSTER).toBe(balancer.UNDERSTUDY_CLUSTER);
    }
    expect(balancer.UNDERSTUDY_BUS).toBe('nats://nats:4222');
  });

  it('publishes nothing but shop and dashboard, on loopback', () => {
    const published = Object.values(compose.services).flatMap((each) => each.ports ?? []);
    expect(published).toEqual(['127.0.0.1:8080:8080', '127.0.0.1:8081:8081']);
  });

  it('checks the health of every container', () => {
    const inImage = /^HEALTHCHECK /m.test(read('Dockerfile'));
    for (const [name, each] of Object.entries(compose.services)) {
      const checked = each.healthcheck !== undefined || (each.build !== undefined && inImage);
      expect(checked, name).toBe(true);
    }
  });

  it('takes rights from every container', () => {
    for (const [name, each] of Object.entries(compose.services)) {
      expect(each, name).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    }
  });

  it('waits for services that exist, and mounts volumes and files that exist', () => {
    for (const each of Object.values(compose.services)) {
      for (const [name, { condition }] of Object.entries(each.depends_on ?? {})) {
        expect(service(name)).toBeDefined();
        expect(condition).toBe('service_healthy');
      }
      for (const volume of each.volumes ?? []) {
        const source = volume.split(':')[0] ?? '';
        if (source.startsWith('./')) expect(read(source)).not.toBe('');
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
    }
  });

  it('starts programs that the build leaves in the image', () => {
    const programs = [...SHOPS, 'balancer'].map((name) => service(name).command.at(-1));
    expect(new Set(programs)).toEqual(
      new Set(['apps/demo-shop/dist/main.js', 'apps/balancer/dist/main.js']),
    );
  });
});

describe('shops', () => {
  it('run with the room for short-lived objects that the launcher gives them', () => {
    for (const shop of SHOPS) expect(service(shop).command).toContain(YOUNG_GENERATION_FLAG);
    expect(read('Dockerfile')).toMatch(`"${YOUNG_GENERATION_FLAG}", "apps/demo-shop/dist/main.js"`);
  });
});

describe('Dockerfile', () => {
  it('copies the manifest of every workspace before it installs', () => {
    const dockerfile = read('Dockerfile');
    const beforeInstall = dockerfile.slice(0, dockerfile.indexOf('npm ci'));
    for (const group of ['packages', 'apps']) {
      for (const name of readdirSync(join(ROOT, group))) {
        expect(beforeInstall).toContain(`COPY ${group}/${name}/package.json ${group}/${name}/`);
      }
    }
  });

  it('runs as a user without rights', () => {
    const last =
      read('Dockerfile')
        .split(/^FROM /m)
        .at(-1) ?? '';
    expect(last).toMatch(/^USER node$/m);
  });
});

describe('nats.conf', () => {
  it('has the settings that the launcher gives its own nats-server', () => {
    const settings = natsConfig({ host: '', port: 0 })
      .split('\n')
      .filter((line) => /^(?:write_|ping_|max_)/.test(line));
    expect(settings).toHaveLength(4);
    for (const setting of settings) expect(read('nats.conf').split('\n')).toContain(setting);
  });
});

describe('the health check of a container', () => {
  const servers: ReturnType<typeof createServer>[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  it.each([
    [200, 0],
    [404, 1],
    [503, 1],
  ])('turns status %i into exit code %i', async (status, exitCode) => {
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/healthz' ? status : 500).end();
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const check = spawn(process.execPath, [join(ROOT, 'scripts/healthcheck.mjs'), String(port)]);
    expect((await once(check, 'exit'))[0]).toBe(exitCode);
  });

  it('fails when nobody listens', async () => {
    const check = spawn(process.execPath, [join(ROOT, 'scripts/healthcheck.mjs')], {
      env: { ...process.env, PORT: '1' },
    });
    expect((await once(check, 'exit'))[0]).toBe(1);
  });
});
