/** The command `dragoman`: arguments, signals, exit code. */
import { Command, Option } from 'commander';
import { startGateway } from './app.ts';
import { describe } from './control-plane/describe.ts';
import { readSettings, type Understood } from './control-plane/read-settings.ts';
import { defaultText, settingTable } from './control-plane/setting-table.ts';
import { environment } from './lib/env.ts';
import { version } from './lib/version.ts';

const program = new Command('dragoman');

program
  .description(
    'AI gateway: OpenAI, Anthropic and Gemini clients on one port, answered by any of the three.',
  )
  .version(version)
  .showHelpAfterError('(dragoman --help lists every option)');

for (const setting of settingTable) {
  const option = new Option(
    `--${setting.option} ${setting.placeholder}`,
    describeOption(setting.help, setting.env, defaultText(setting)),
  );
  program.addOption(option.helpGroup(`${setting.group}:`));
}

function describeOption(help: string, env: string, standard: string): string {
  return `${help} (${env}${standard === '' ? '' : `, default ${standard}`})`;
}

program.action(() => run(understand()));
program
  .command('check')
  .description('print what the settings mean, and every mistake with its place; starts nothing')
  .action(() => check(understand()));

function understand(): Understood {
  const given = program.opts<{ readonly [name: string]: string | undefined }>();
  const options = Object.fromEntries(
    settingTable.map(({ option }) => [option, given[camelCase(option)]]),
  );
  return readSettings({ options, env: environment });
}

function camelCase(option: string): string {
  return option.replace(/-([a-z])/g, (_dash, letter: string) => letter.toUpperCase());
}

function check(understood: Understood): void {
  process.stdout.write(describe(understood));
  if (understood.mistakes.length > 0) process.exitCode = 1;
}

async function run({ settings, mistakes }: Understood): Promise<void> {
  if (mistakes.length > 0) return fail(mistakes);
  let gateway: Awaited<ReturnType<typeof startGateway>>;
  try {
    gateway = await startGateway(settings);
  } catch (cause) {
    return fail([startFailure(cause)]);
  }
  const stop = (): void => {
    // A second signal means: now.
    process.once('SIGTERM', () => process.exit(1));
    process.once('SIGINT', () => process.exit(1));
    void gateway.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

function startFailure(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (!message.includes('EADDRINUSE')) return message;
  return `${message}; another program uses this port, choose others with PROXY_PORT and METRICS_PORT`;
}

function fail(mistakes: readonly string[]): void {
  for (const mistake of mistakes) process.stderr.write(`dragoman: ${mistake}\n`);
  process.exitCode = 1;
}

await program.parseAsync();
