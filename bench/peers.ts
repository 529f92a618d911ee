/**
 * Other gateways, installed into a cache outside the project when a benchmark first needs them. What
 * does not install is left out, with the reason. Scripts of packages do not run.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PeersWish } from './plan.ts';
import { CORE_UNDER_TEST, freePorts, start, stop, waitForPort } from './processes.ts';
import type { Target } from './target.ts';

const run = promisify(execFile);
const INSTALL_MS = 300_000;
/** LiteLLM starts with nothing that is easier to guess. */
export const PEER_KEY = `sk-${'4c1f0ab2e86d5379'.repeat(3)}`;

interface Peer {
  readonly way: 'portkey' | 'litellm';
  readonly name: string;
  /** Exact: a benchmark against whatever is newest cannot be repeated. */
  readonly version: string;
  /** To start. */
  readonly isSlow: boolean;
  /** Into an empty folder. */
  install(folder: string): Promise<void>;
  /** Beside the folder it was installed into. */
  command(folder: string, port: number): readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Written before each start. */
  config?(mockPort: number): string;
}

const portkey: Peer = {
  way: 'portkey',
  name: 'Portkey',
  version: '1.15.2',
  isSlow: false,
  async install(folder) {
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save'];
    await run('npm', ['install', ...flags, '--prefix', folder, '@portkey-ai/gateway@1.15.2'], {
      timeout: INSTALL_MS,
      cwd: folder,
    });
  },
  command: (folder, port) => [
    process.execPath,
    join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js'),
    '--headless',
    `--port=${port}`,
  ],
  environment: { NODE_ENV: 'production', TRUSTED_CUSTOM_HOSTS: '127.0.0.1,localhost' },
};

/** Those after this version name a companion that cannot be had. */
const litellm: Peer = {
  way: 'litellm',
  name: 'LiteLLM',
  version: '1.106.12',
  isSlow: true,
  async install(folder) {
    await run('python3', ['-m', 'venv', folder], { timeout: INSTALL_MS });
    const flags = ['--quiet', '--disable-pip-version-check', '--only-binary', ':all:'];
    await run(join(folder, 'bin/pip'), ['install', ...flags, 'litellm[proxy]==1.106.12'], {
      timeout: INSTALL_MS,
    });
  },
  command: (folder, port) => [
    join(folder, 'bin/litellm'),
    '--config',
    join(folder, 'bench.yaml'),
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--num_workers',
    '1',
    '--telemetry',
    'False',
  ],
  environment: {
    LITELLM_MASTER_KEY: PEER_KEY,
    LITELLM_LOCAL_MODEL_COST_MAP: 'True',
    LITELLM_LOG: 'ERROR',
    LITELLM_MODE: 'PRODUCTION',
    NO_DOCS: 'True',
  },
  config: (mockPort) => {
    const model = (name: string, provider: string, path: string): object => ({
      model_name: name,
      litellm_params: {
        model: `${provider}/${name}`,
        api_base: `http://127.0.0.1:${mockPort}${path}`,
        api_key: 'bench',
      },
    });
    return JSON.stringify({
      model_list: [
        model('gpt-4.1', 'openai', '/v1'),
        model('claude-haiku-4-5', 'anthropic', '/v1/messages'),
      ],
      litellm_settings: { telemetry: false },
    });
  },
};

export interface Peers {
  readonly targets: readonly (Target & { readonly name: string })[];
  /** Why others are not there. */
  readonly skipped: readonly string[];
}

interface Wish {
  readonly mockPort: number;
  readonly wish: PeersWish;
}

export async function startPeers(wish: Wish): Promise<Peers> {
  const targets: Peers['targets'][number][] = [];
  const skipped: string[] = [];
  for (const peer of [portkey, litellm]) {
    const name = `${peer.name} ${peer.version}`;
    try {
      targets.push({ ...(await startPeer(peer, wish)), name });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      skipped.push(`${name} is left out: ${why.trim().split('\n').slice(-2).join(' ')}`);
    }
  }
  return { targets, skipped };
}

async function startPeer(peer: Peer, { mockPort, wish }: Wish): Promise<Target> {
  const folder = join(cacheFolder(), `${peer.way}-${peer.version}`);
  if (wish === 'cached' && peer.isSlow) throw new Error('it takes half a minute to start');
  if (!existsSync(folder)) {
    if (wish === 'cached') throw new Error('not installed yet; the full benchmark does it');
    await installInto(folder, peer);
  }
  if (peer.config !== undefined) writeFileSync(join(folder, 'bench.yaml'), peer.config(mockPort));
  const [port = 0] = await freePorts(1);
  const [command = '', ...args] = peer.command(folder, port);
  const env = { ...peer.environment, PORT: String(port) };
  const child = start({ core: CORE_UNDER_TEST, command, args, env, output: 'none' });
  await waitForPort(port, child).catch(async (cause: unknown) => {
    await stop(child);
    throw cause;
  });
  return { way: peer.way, port, child };
}

function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'dragoman-bench');
}

/** What broke off leaves nothing that looks whole. */
async function installInto(folder: string, peer: Peer): Promise<void> {
  process.stderr.write(`bench: installing ${peer.name} ${peer.version} into ${folder}\n`);
  mkdirSync(folder, { recursive: true });
  try {
    await peer.install(folder);
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true });
    throw cause;
  }
}
