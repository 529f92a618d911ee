/** The command `dragoman`: arguments, signals, exit code. */
import { Command, Option } from 'commander';
import { explainRequest, explanationText, questionFrom } from './command/explain.ts';
import { addKeysCommand } from './command/keys.ts';
import { runGateway } from './command/run.ts';
import type { TopOptions } from './command/top.ts';
import { jsonSchemaText } from './control-plane/config/json-schema.ts';
import { loadSettings } from './control-plane/config/load.ts';
import { describe, describeJson } from './control-plane/describe.ts';
import type { Understood } from './control-plane/read-settings.ts';
import { defaultText, settingTable } from './control-plane/setting-table.ts';
import { tracesHelp } from './control-plane/trace-settings.ts';
import { environment } from './lib/env.ts';
import { version } from './lib/version.ts';

const program = new Command('dragoman');

program
  .description(
    'AI gateway: OpenAI, Anthropic and Gemini clients on one port, answered by any of the three.',
  )
  .version(version)
  .showHelpAfterError('(dragoman --help lists every option)');

program.addOption(
  new Option(
    '--config <file>',
    'configuration file (DRAGOMAN_CONFIG, default dragoman.yaml if it is there)',
  ).helpGroup('Configuration:'),
);

const optionSettings = settingTable.filter(({ option }) => option !== undefined);

for (const setting of optionSettings) {
  const option = new Option(
    `--${setting.option} ${setting.placeholder}`,
    describeOption(setting.help, setting.env, defaultText(setting)),
  );
  program.addOption(option.helpGroup(`${setting.group}:`));
}

program.addHelpText('after', environmentHelp());

function environmentHelp(): string {
  const lines = [...settingTable.filter(({ option }) => option === undefined), tracesHelp].map(
    ({ env, help }) => `  ${env.padEnd(28)} ${help}`,
  );
  return ['\nNot as options, since lists of processes show options:', ...lines].join('\n');
}

function describeOption(help: string, env: string, standard: string): string {
  return `${help} (${env}${standard === '' ? '' : `, default ${standard}`})`;
}

program.action(run);
program
  .command('check')
  .description('print what the settings mean, and every mistake with its place; starts nothing')
  .option('--json', 'as JSON')
  .action((options: { readonly json?: true }) => check(understand(), options));
program
  .command('schema')
  .description('print the JSON schema of the configuration file, for editors')
  .action(() => {
    process.stdout.write(jsonSchemaText());
  });

program
  .command('explain')
  .description('tell what would happen to a request, without asking any provider')
  .option('--model <model>', 'the model that a client asks for')
  .option('--path <path>', 'the path that it asks at', '/v1/chat/completions')
  .option('--key <key>', 'the key that it sends')
  .option('--body <file>', 'a file with the JSON body that it sends')
  .option('--json', 'as JSON')
  .action(tellWhatHappens);

program
  .command('top')
  .description('show what a running gateway does, live in the terminal')
  .option('--url <url>', 'where its metrics are; default: METRICS_PORT on this machine')
  .option('--interval <seconds>', 'between two looks at them', '2')
  .option('--once', 'one frame of plain text, as where there is no terminal')
  .option('--json', 'the figures as JSON, once')
  .action(watch);

addKeysCommand(program, { understand, fail });

function understand(): Understood {
  const options = Object.fromEntries(
    program.options.map((option): [string, string | undefined] => [
      option.name(),
      program.getOptionValue(option.attributeName()),
    ]),
  );
  return loadSettings({ options, env: environment, workingDirectory: process.cwd() });
}

function check(understood: Understood, { json }: { readonly json?: true }): void {
  process.stdout.write(json === true ? describeJson(understood) : describe(understood));
  if (understood.mistakes.length > 0) process.exitCode = 1;
}

async function run(): Promise<void> {
  const understood = understand();
  if (understood.mistakes.length > 0) return fail(understood.mistakes);
  try {
    await runGateway({ understood, read: understand });
  } catch (cause) {
    fail([cause instanceof Error ? cause.message : String(cause)]);
  }
}

interface ExplainOptions {
  readonly model?: string;
  readonly path?: string;
  readonly key?: string;
  readonly body?: string;
  readonly json?: true;
}

async function tellWhatHappens(options: ExplainOptions): Promise<void> {
  const { settings, mistakes } = understand();
  if (mistakes.length > 0) return fail(mistakes);
  try {
    const told = await explainRequest(questionFrom(options), settings);
    const json = `${JSON.stringify(told.explanation, undefined, 2)}\n`;
    process.stdout.write(options.json === true ? json : explanationText(told));
    if (told.explanation.refusal !== undefined) process.exitCode = 1;
  } catch (cause) {
    fail([cause instanceof Error ? cause.message : String(cause)]);
  }
}

async function watch(options: TopOptions): Promise<void> {
  // What it needs is not loaded by a gateway that serves.
  const { showTop } = await import('./command/top.ts');
  try {
    await showTop(options, () => {
      const { settings, mistakes } = understand();
      if (mistakes.length === 0) return settings.metricsPort;
      throw new Error(`${mistakes.join('; ')}; or name the metrics port with --url`);
    });
  } catch (cause) {
    fail([cause instanceof Error ? cause.message : String(cause)]);
  }
}

function fail(mistakes: readonly string[]): void {
  for (const mistake of mistakes) process.stderr.write(`dragoman: ${mistake}\n`);
  process.exitCode = 1;
}

await program.parseAsync();
