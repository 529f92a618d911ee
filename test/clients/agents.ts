/** How a user runs each agent without a terminal, its home and its traffic kept to this machine. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../replay/json.ts';
import { type Pin, pins } from './pins.ts';

export interface Agent {
  readonly pin: Pin;
  readonly clientFormat: string;
  /** Its tool that runs a shell command. */
  readonly shell: { readonly name: string; input(command: string): JsonObject };
  /** Writes what it reads at its start. */
  settle(home: string, gateway: string): void;
  env(home: string, gateway: string): Readonly<Record<string, string>>;
  args(model: string, prompt: string): readonly string[];
}

export const agents = {
  codex: {
    pin: pins.codex,
    clientFormat: 'openai-responses',
    shell: { name: 'exec_command', input: (cmd) => ({ cmd }) },
    settle(home, gateway) {
      mkdirSync(join(home, '.codex'));
      writeFileSync(
        join(home, '.codex/config.toml'),
        [
          'model_provider = "dragoman"',
          'check_for_update_on_startup = false',
          '[analytics]',
          'enabled = false',
          '[features]',
          'plugins = false',
          '[model_providers.dragoman]',
          'name = "Dragoman"',
          `base_url = "${gateway}/v1"`,
          'env_key = "DRAGOMAN_KEY"',
          'wire_api = "responses"',
          '',
        ].join('\n'),
      );
    },
    env: (home) => ({ CODEX_HOME: join(home, '.codex'), DRAGOMAN_KEY: 'sk-of-the-client' }),
    args: (model, prompt) => [
      'exec',
      '--skip-git-repo-check',
      '--dangerously-bypass-approvals-and-sandbox',
      '--model',
      model,
      prompt,
    ],
  },
  geminiCli: {
    pin: pins.geminiCli,
    clientFormat: 'gemini',
    shell: { name: 'run_shell_command', input: (command) => ({ command }) },
    settle(home) {
      mkdirSync(join(home, '.gemini'));
      writeFileSync(
        join(home, '.gemini/settings.json'),
        JSON.stringify({
          security: { auth: { selectedType: 'gemini-api-key' } },
          privacy: { usageStatisticsEnabled: false },
          telemetry: { enabled: false },
          general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
        }),
      );
    },
    env: (home, gateway) => ({
      GEMINI_CLI_HOME: home,
      GEMINI_API_KEY: 'key-of-the-client',
      GOOGLE_GEMINI_BASE_URL: gateway,
      GEMINI_CLI_TRUST_WORKSPACE: 'true',
      GEMINI_SANDBOX: 'false',
    }),
    args: (model, prompt) => ['--yolo', '--model', model, '--prompt', prompt],
  },
} as const satisfies { readonly [id: string]: Agent };
