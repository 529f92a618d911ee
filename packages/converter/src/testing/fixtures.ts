/** The cases in `fixtures/`: one folder a format, and for every case what its vendor's wire carries. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Call, Format, UpstreamFailure } from '../format.ts';
import { formats } from '../formats/index.ts';
import { isObject, type JsonObject, parseJson } from '../json.ts';
import { createTranslator, type Environment, type Translator } from '../translate.ts';

export type Kind = 'request' | 'response' | 'stream';

export interface Fixture {
  readonly format: Format;
  /** Name of the case, such as `tools-choice`. */
  readonly name: string;
  readonly kind: Kind;
  readonly text: string;
}

const folder = join(import.meta.dirname, '../../fixtures');
const endings: Readonly<Record<Kind, string>> = {
  request: 'request.json',
  response: 'response.json',
  stream: 'stream.sse',
};

export function fixturePath(format: Format, file: string): string {
  return join(folder, format.id, file);
}

export function fixtureFile({ name, kind }: Pick<Fixture, 'name' | 'kind'>): string {
  return `${name}.${endings[kind]}`;
}

export function goldenFile({ name, kind }: Fixture, other: Format): string {
  return `${name}.${other.id}.${endings[kind]}`;
}

export function filesOf(format: Format): readonly string[] {
  return readdirSync(join(folder, format.id)).toSorted();
}

/** Everything that the vendors' side of the wire carries; goldens have one more dot in their names. */
export function fixturesOf(format: Format): readonly Fixture[] {
  return filesOf(format).flatMap((file) => {
    const [name = '', kind, ...rest] = file.split('.');
    if (rest.length !== 1 || !isKind(kind)) return [];
    return [{ format, name, kind, text: readFileSync(fixturePath(format, file), 'utf8') }];
  });
}

export function allFixtures(kind: Kind): readonly Fixture[] {
  return formats.flatMap(fixturesOf).filter((fixture) => fixture.kind === kind);
}

export function othersThan(format: Format): readonly Format[] {
  return formats.filter((other) => other !== format);
}

function isKind(text: string | undefined): text is Kind {
  return text !== undefined && Object.hasOwn(endings, text);
}

export function readObject(text: string): JsonObject {
  const value = parseJson(text);
  if (!isObject(value)) throw new Error('a fixture that is no JSON object');
  return value;
}

const models: Readonly<Record<string, readonly [usual: string, reasoning: string]>> = {
  'openai-chat': ['gpt-4o', 'gpt-5'],
  'openai-responses': ['gpt-4o', 'gpt-5'],
  'anthropic-messages': ['claude-sonnet-4-5', 'claude-sonnet-4-5'],
  gemini: ['gemini-2.5-flash', 'gemini-3-pro-preview'],
};

/** The model that answers a case when the case itself is another format's. */
function modelFor(format: Format, name: string): string {
  const [usual = '', reasoning = ''] = models[format.id] ?? [];
  return name.startsWith('reasoning') ? reasoning : usual;
}

/** Ids count up, and the clock stands. */
export function fixedEnvironment(): Environment {
  let count = 0;
  return {
    newId: (prefix) => `${prefix}${String(++count).padStart(24, '0')}`,
    nowSeconds: () => 1_764_000_000,
  };
}

export interface Ask {
  readonly client: Format;
  readonly upstream: Format;
  readonly name: string;
  readonly stream?: boolean | undefined;
  readonly body?: JsonObject | undefined;
  readonly call?: Call | undefined;
  readonly environment?: Environment | undefined;
}

/** A client's request of a case, on its way to an upstream; the body is the case's own unless given. */
export function ask(question: Ask): Translator {
  const { client, upstream, name, stream = false, environment = fixedEnvironment() } = question;
  const body = question.body ?? requestOf(client, name);
  const call = client.id === 'gemini' ? { model: modelFor(client, name), stream } : {};
  return createTranslator({
    client,
    upstream,
    body: stream ? { ...body, ...streamFields[client.id] } : body,
    call: { ...call, ...question.call },
    upstreamModel: modelFor(upstream, name),
    environment,
  });
}

const streamFields: Readonly<Record<string, JsonObject>> = {
  'openai-chat': { stream: true, stream_options: { include_usage: true } },
  'openai-responses': { stream: true },
  'anthropic-messages': { stream: true },
};

/**
 * What a client may have asked for an answer of this case: its format's own request of the case, of
 * the case that this one varies (`tools` for `tools-choice`), or plain text.
 */
function requestOf(client: Format, name: string): JsonObject {
  const requests = fixturesOf(client).filter(({ kind }) => kind === 'request');
  for (const candidate of [...generalisations(name), 'text']) {
    const found = requests.find((fixture) => fixture.name === candidate);
    if (found !== undefined) return readObject(found.text);
  }
  throw new Error(`${client.id} has no request for ${name}`);
}

function generalisations(name: string): readonly string[] {
  const words = name.split('-');
  return words.map((_, dropped) => words.slice(0, words.length - dropped).join('-'));
}

const statuses: Readonly<Record<string, number>> = {
  error: 429,
  'error-context': 400,
  'error-key': 400,
  'error-overloaded': 529,
  'error-quota': 429,
};

/** The error body of a case as the upstream's transport hands it over; undefined for answers. */
export function failureOf({ name, text }: Fixture): UpstreamFailure | undefined {
  const status = statuses[name];
  return status === undefined ? undefined : { status, header: () => undefined, text };
}
