/** Dragoman as the conformance command meets it: started by its command, its upstreams at the scripted provider. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startProvider } from '../../packages/conformance/src/provider/provider.ts';
import { type Result, runCases } from '../../packages/conformance/src/run.ts';
import { scriptedMode } from '../../packages/conformance/src/scripted.ts';

const main = join(import.meta.dirname, '../../packages/gateway/src/main.ts');

/** One model of each vendor, and one that OpenAI serves by Responses alone. */
const models = {
  openai: 'gpt-4o-mini',
  responses: 'codex-mini-latest',
  anthropic: 'claude-sonnet-4-6',
  gemini: 'gemini-2.5-flash',
} as const;

export async function dragomansResults(only: readonly string[] = []): Promise<readonly Result[]> {
  const host = '127.0.0.1';
  const provider = await startProvider({ host, port: 0, models: Object.values(models) });
  const { port, stop } = await startDragoman(provider.port);
  try {
    const endpoint = { baseUrl: `http://${host}:${port}`, key: 'conformance-key', headers: {} };
    return await runCases({ endpoint, models, only }, scriptedMode(provider));
  } finally {
    await stop();
    await provider.close();
  }
}

interface Running {
  readonly port: number;
  stop(): Promise<void>;
}

async function startDragoman(providerPort: number): Promise<Running> {
  const upstreams = ['OPENAI', 'ANTHROPIC', 'GEMINI'].flatMap((vendor) => [
    [`${vendor}_DOMAIN`, '127.0.0.1'],
    [`${vendor}_PORT`, String(providerPort)],
    [`${vendor}_TLS`, 'false'],
  ]);
  const child = spawn(process.execPath, ['--conditions=source', main], {
    env: {
      ...Object.fromEntries(upstreams),
      PROXY_HOST: '127.0.0.1',
      PROXY_PORT: '0',
      METRICS_PORT: '0',
      WORKERS: '1',
      LOG_FORMAT: 'json',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(child.stdout)) {
    const { msg, proxyPort: port } = JSON.parse(line) as { msg: string; proxyPort: number };
    if (msg !== 'listening') continue;
    return {
      port,
      async stop() {
        child.kill();
        child.stdout.resume();
        if (child.exitCode === null) await once(child, 'exit');
      },
    };
  }
  throw new Error('the gateway did not start');
}
