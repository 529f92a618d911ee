/** The command's options. */
import { parseArgs } from 'node:util';
import { type ProviderId, providerIds } from './cases/case.ts';
import type { Target } from './run.ts';

export interface Options extends Target {
  readonly live: boolean;
  readonly json: boolean;
  readonly markdown: boolean;
  readonly provider: { readonly host: string; readonly port: number };
}

export const help: string = `ai-gateway-conformance --base-url URL [options]

Asks an AI gateway with the official SDKs of OpenAI, Anthropic and Google, and reports for each client
format, provider and feature whether what comes back, and what the provider gets, is right.
Exit status 0: nothing failed. 1: something did, or nothing could be tried.

  --base-url URL         the gateway, without /v1, such as http://localhost:8080
  --key KEY              the key that clients send (default conformance-key)
  --header NAME=VALUE    a header that clients send; may be given several times
  --model ID=NAME,...    the models that lead to each provider
                         (default openai=gpt-4o-mini,anthropic=claude-sonnet-4-6,gemini=gemini-2.5-flash;
                         responses=NAME adds one that OpenAI is asked for by Responses; ID= leaves one out)
  --only WORD,...        only what has each word in one of client=FORMAT, provider=ID, case=ID, feature=NAME:
                         streaming, case=tool-call, client=gemini
  --provider-port PORT   where the scripted provider listens (default 8787)
  --provider-host HOST   and on which address (default 127.0.0.1)
  --live                 no scripted provider: the gateway asks the providers that it has, which costs
                         tokens, and only what holds for every model is checked
  --json, --markdown     the report for programs, or for a document
  --help, --version
`;

const defaults = {
  models: 'openai=gpt-4o-mini,anthropic=claude-sonnet-4-6,gemini=gemini-2.5-flash',
  port: '8787',
} as const;

/** A mistake in the arguments, in words for people. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** Undefined: nothing is to be run, but help or version to be told. Throws UsageError. */
export function readOptions(args: readonly string[]): Options | 'help' | 'version' {
  const values = valuesOf(args);
  if (values.help === true) return 'help';
  if (values.version === true) return 'version';
  const { 'base-url': baseUrl } = values;
  if (baseUrl === undefined || !URL.canParse(baseUrl)) {
    throw new UsageError('--base-url: the address of the gateway, such as http://localhost:8080');
  }
  const port = Number(values['provider-port']);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError(`--provider-port: ${values['provider-port']} is no port`);
  }
  return {
    endpoint: {
      baseUrl: baseUrl.replace(/\/+$/, '').replace(/\/v1$/, ''),
      key: values.key,
      headers: Object.fromEntries(values.header.map((text) => pairOf('--header', text))),
    },
    models: modelsOf(values.model),
    only: wordsOf(values.only),
    live: values.live,
    json: values.json,
    markdown: values.markdown,
    provider: { host: values['provider-host'], port },
  };
}

function valuesOf(args: readonly string[]): ReturnType<typeof parse>['values'] {
  try {
    return parse(args).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause));
  }
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      'base-url': { type: 'string' },
      key: { type: 'string', default: 'conformance-key' },
      header: { type: 'string', multiple: true, default: [] },
      model: { type: 'string', default: '' },
      only: { type: 'string', default: '' },
      'provider-port': { type: 'string', default: defaults.port },
      'provider-host': { type: 'string', default: '127.0.0.1' },
      live: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
      help: { type: 'boolean' },
      version: { type: 'boolean' },
    },
  });
}

function modelsOf(text: string): Target['models'] {
  const named = wordsOf(`${defaults.models},${text}`).map((word) => pairOf('--model', word));
  const unknown = named.find(([id]) => !providerIds.some((known) => known === id));
  if (unknown !== undefined) {
    throw new UsageError(`--model: ${unknown[0]} is none of ${providerIds.join(', ')}`);
  }
  const models = new Map<string, string | undefined>(named);
  const modelOf = (id: ProviderId): string | undefined => models.get(id) || undefined;
  return {
    openai: modelOf('openai'),
    responses: modelOf('responses'),
    anthropic: modelOf('anthropic'),
    gemini: modelOf('gemini'),
  };
}

function pairOf(option: string, text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`${option}: ${text} is not of the form name=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function wordsOf(text: string): readonly string[] {
  return text.split(',').filter((word) => word !== '');
}
