/** One task of an agent at a gateway of its own, in a home of its own. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { objectOf, parseJson, textOf } from '../replay/json.ts';
import { type GatewayProcess, startGatewayProcess } from '../truth/gateway-process.ts';
import type { Agent } from './agents.ts';
import type { UpstreamFormat } from './dialects/index.ts';
import { type Ran, runBounded } from './run-bounded.ts';
import {
  type ScriptedProvider,
  startScriptedProvider,
  type Turn,
  task,
} from './scripted-provider.ts';
import { type Strangers, startStrangers } from './strangers.ts';

export interface Trial {
  readonly agent: Agent;
  /** Of the agent's own command. */
  readonly script: string;
  readonly provider: string;
  readonly format: UpstreamFormat;
  readonly model: string;
  /** Further options of the agent. */
  readonly options?: readonly string[];
}

export interface Tried {
  readonly ran: Ran;
  /** What is in the file that was to be made. */
  readonly made: string | undefined;
  readonly turns: readonly Turn[];
  /** The features that a conversion gave up although the answer may change by it. */
  readonly graveLosses: readonly string[];
  /** The gateway's metrics. */
  readonly page: string;
  readonly strangers: readonly string[];
}

/** Less than a test has, so that it is the agent that is ended, and its output told. */
const AGENT_TIMEOUT_MS = 45_000;

export async function tryAgent(trial: Trial): Promise<Tried> {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-agent-'));
  const provider = await startScriptedProvider(trial.format, trial.agent);
  const strangers = await startStrangers();
  try {
    const gateway = await startGatewayProcess({
      folder,
      config: {
        channels: [
          {
            id: 'main',
            provider: trial.provider,
            base_url: `http://127.0.0.1:${provider.upstream.port}`,
            api_keys: ['key-of-the-channel'],
            models: ['*'],
          },
        ],
        routes: [{ models: ['*'], channels: ['main'] }],
      },
      env: { LOG_LEVEL: 'debug', LOG_FORMAT: 'json', WORKERS: '1' },
    });
    try {
      return await run({ trial, folder, gateway, provider, strangers });
    } finally {
      await gateway.kill();
    }
  } finally {
    await provider.upstream.close();
    await strangers.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

interface Place {
  readonly trial: Trial;
  readonly folder: string;
  readonly gateway: GatewayProcess;
  readonly provider: ScriptedProvider;
  readonly strangers: Strangers;
}

async function run({ trial, folder, gateway, provider, strangers }: Place): Promise<Tried> {
  const { agent, script, model, options = [] } = trial;
  const home = join(folder, 'home');
  const cwd = join(folder, 'project');
  for (const path of [home, cwd]) mkdirSync(path);
  const url = `http://127.0.0.1:${gateway.port}`;
  agent.settle(home, url);
  const ran = await runBounded(
    [process.execPath, script, ...agent.args(model, task.prompt), ...options],
    {
      cwd,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: home,
        TMPDIR: folder,
        ...strangers.env,
        ...agent.env(home, url),
      },
      timeoutMs: AGENT_TIMEOUT_MS,
    },
  );
  const page = await gateway.metrics();
  await gateway.stop();
  const file = join(cwd, task.file);
  return {
    ran,
    made: existsSync(file) ? readFileSync(file, 'utf8') : undefined,
    turns: provider.turns(),
    graveLosses: graveLossesIn(gateway),
    page,
    strangers: strangers.asked(),
  };
}

function graveLossesIn(gateway: GatewayProcess): readonly string[] {
  const features = gateway
    .events()
    .filter(({ msg }) => msg === 'loss')
    .map(({ text }) => objectOf(parseJson(text)))
    .filter(({ effect }) => effect === 'answer')
    .map(({ feature }) => textOf(feature));
  return [...new Set(features)].toSorted();
}
