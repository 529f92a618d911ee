/** The command `ai-gateway-conformance`: arguments, output, exit code. */
import manifest from '../package.json' with { type: 'json' };
import { liveMode } from './live/live-mode.ts';
import { help, type Options, readOptions, UsageError } from './options.ts';
import { startProvider } from './provider/provider.ts';
import { countsOf, markdownReport, textReport } from './report.ts';
import { type Result, runCases } from './run.ts';
import { scriptedMode } from './scripted.ts';

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') process.stdout.write(help);
  else if (options === 'version') process.stdout.write(`${manifest.version}\n`);
  else await report(options);
} catch (cause) {
  const message = cause instanceof Error ? cause.message : String(cause);
  const hint =
    cause instanceof UsageError ? '\n(ai-gateway-conformance --help tells every option)' : '';
  process.stderr.write(`ai-gateway-conformance: ${message}${hint}\n`);
  process.exitCode = 1;
}

async function report(options: Options): Promise<void> {
  const results = options.live ? await runCases(options, liveMode) : await runScripted(options);
  process.stdout.write(textOf(results, options));
  const { passed, failed } = countsOf(results);
  if (failed > 0 || passed === 0) process.exitCode = 1;
}

function textOf(results: readonly Result[], { json, markdown }: Options): string {
  if (json) return `${JSON.stringify({ counts: countsOf(results), results }, undefined, 2)}\n`;
  return markdown ? markdownReport(results) : textReport(results);
}

async function runScripted(options: Options): Promise<readonly Result[]> {
  const models = Object.values(options.models).flatMap((model) => model ?? []);
  const provider = await startProvider({ ...options.provider, models });
  process.stderr.write(directions(options.provider.host, provider.port));
  const results = await runCases(options, scriptedMode(provider));
  await provider.close();
  return results;
}

function directions(host: string, port: number): string {
  const vendors = ['OPENAI', 'ANTHROPIC', 'GEMINI'];
  const settings = vendors.map((vendor) => {
    return `${vendor}_DOMAIN=${host} ${vendor}_PORT=${port} ${vendor}_TLS=false`;
  });
  return `The scripted provider listens on http://${host}:${port}: have the gateway ask it for every vendor.
  OpenAI's base URL is http://${host}:${port}/v1, Anthropic's and Gemini's http://${host}:${port}.
  Dragoman: ${settings.join(' ')}\n\n`;
}
