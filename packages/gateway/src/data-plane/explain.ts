/** What would happen to a request, step by step, without asking anybody upstream. */
import {
  ConversionError,
  type Detection,
  type Environment,
  isObject,
  type JsonObject,
  type JsonValue,
  type Loss,
  MediaNeeded,
  stringifyJson,
} from 'ai-api-converter';
import { nowMs } from '../lib/clock.ts';
import type { Channel, Obstacle, Target } from '../model/channel.ts';
import { GatewayError } from '../model/errors.ts';
import type { Ingress } from '../model/exchange.ts';
import type { RawRequest } from '../model/http.ts';
import type { Routed, Snapshot } from '../model/snapshot.ts';
import { askerAt, targetAt } from './candidates.ts';
import { type Choice, createChoice, nextChannel, noteUnfit, refusalOf } from './choose.ts';
import { errorOf } from './failure.ts';
import { findCredential } from './headers.ts';
import { readIngress } from './ingress.ts';
import type { AnswerHead, Kind } from './kind.ts';
import { type Prepared, prepare } from './prepare.ts';
import { upstreamFormat } from './upstream-format.ts';

/** As a client would send it; what is missing is filled with the least that is whole. */
export interface Question {
  readonly model?: string | undefined;
  readonly path?: string | undefined;
  readonly headers?: { readonly [name: string]: string } | undefined;
  readonly body?: JsonObject | undefined;
}

export interface Explanation {
  readonly format: { readonly id: string; readonly reason: string } | undefined;
  /** The model after aliases. */
  readonly model: string | undefined;
  readonly route: { readonly name: string; readonly strategy: string } | undefined;
  readonly candidates: readonly ExplainedChannel[];
  /** The channel that would be asked first. */
  readonly choice: string | undefined;
  readonly upstream: ExplainedRequest | undefined;
  readonly losses: readonly Loss[];
  /** Places of media that would be fetched before the upstream is asked. */
  readonly media: readonly string[];
  /** Why it would be refused. */
  readonly refusal: { readonly status: number; readonly message: string } | undefined;
}

interface ExplainedChannel {
  readonly channel: string;
  readonly provider: string;
  readonly format: string;
  readonly model: string;
  readonly role: 'balanced' | 'fallback';
  /** `ready`, or why it is not asked. */
  readonly state: string;
  readonly weight: number;
  readonly inFlight: number;
  readonly latencyMs: number | undefined;
  readonly credential: 'own' | 'client';
}

interface ExplainedRequest {
  readonly url: string;
  readonly format: string;
  /** False: the client's bytes are passed on. */
  readonly isConverted: boolean;
}

const nothing: Explanation = {
  format: undefined,
  model: undefined,
  route: undefined,
  candidates: [],
  choice: undefined,
  upstream: undefined,
  losses: [],
  media: [],
  refusal: undefined,
};

/** What an explanation needs of a kind of exchange. */
export interface Explained extends Pick<Kind<Ingress, Prepared, AnswerHead>, 'format' | 'prepare'> {
  read(
    raw: RawRequest,
    snapshot: Snapshot,
    understood: (detection: Detection) => void,
  ): Promise<Ingress>;
}

export const explainedGeneration: Explained = {
  read: readIngress,
  format: upstreamFormat,
  prepare,
};

export interface Explaining {
  readonly environment: Environment;
  /** Throws GatewayError where a request lives in another way, so that nothing is told of it. */
  kindOf(raw: RawRequest): Explained;
}

/** Rejects for what is told nothing of; whatever else goes wrong is part of the explanation. */
export async function explain(
  question: Question,
  snapshot: Snapshot,
  { environment, kindOf }: Explaining,
): Promise<Explanation> {
  const raw = rawRequest(question);
  const kind = kindOf(raw);
  let explanation = nothing;
  const tell = (more: Partial<Explanation>): void => {
    explanation = { ...explanation, ...more };
  };
  const passedOver = (index: number, { message }: Error): void => {
    const state = `passed over: ${message}`;
    const { candidates } = explanation;
    tell({ candidates: candidates.map((one, at) => (at === index ? { ...one, state } : one)) });
  };
  try {
    // Who asks without a key wants to know of the routes, not that a key is missing.
    const asked = hasKey(raw) ? snapshot : { ...snapshot, guard: undefined };
    const ingress = await kind.read(raw, asked, ({ format, reason }) =>
      tell({ format: { id: format.id, reason } }),
    );
    const key = ingress.caller?.key;
    const routed = snapshot.route(ingress.model, key);
    const choice = createChoice(routed, {
      stream: ingress.stream,
      credential: ingress.credential,
      key,
      conversation: undefined,
      affinity: undefined,
    });
    tell(describeRoute(ingress, { routed, choice, kind }));
    tell(describeFirst(ingress, { choice, kind, environment, snapshot, passedOver }));
  } catch (cause) {
    const { status, message } = errorOf(cause);
    tell({ refusal: { status, message } });
  }
  return explanation;
}

function hasKey({ header, query }: RawRequest): boolean {
  return findCredential(header, query) !== undefined;
}

const DEFAULT_PATH = '/v1/chat/completions';

function leastBody(path: string): JsonObject {
  const content = { parts: [{ text: 'Hello' }] };
  if (path.endsWith(':embedContent')) return { content };
  if (path.endsWith(':batchEmbedContents')) return { requests: [{ content }] };
  if (path.endsWith('/embeddings')) return { input: 'Hello' };
  if (path.includes(':')) return { contents: [{ role: 'user', ...content }] };
  const messages = [{ role: 'user', content: 'Hello' }];
  if (path.endsWith('/responses')) return { input: 'Hello' };
  return path.endsWith('/messages') ? { max_tokens: 100, messages } : { messages };
}

function rawRequest({ model, path = DEFAULT_PATH, headers = {}, body }: Question): RawRequest {
  const given = body ?? leastBody(path);
  const whole = model === undefined ? given : { ...given, model };
  const bytes = Buffer.from(stringifyJson(whole));
  const target = new URL(path, 'http://gateway.invalid');
  const lower = new Map(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return {
    method: 'POST',
    path: target.pathname,
    query: target.searchParams,
    header: (name) => lower.get(name),
    headerNames: () => [...lower.keys()],
    readBody: async (bytesMax) => {
      if (bytes.byteLength <= bytesMax) return bytes;
      throw new GatewayError('body-too-large', `the body is larger than ${bytesMax} bytes`);
    },
  };
}

interface ChosenFrom {
  readonly routed: Routed;
  readonly choice: Choice;
  readonly kind: Explained;
}

function describeRoute(
  ingress: Ingress,
  { routed, choice, kind }: ChosenFrom,
): Pick<Explanation, 'model' | 'route' | 'candidates'> {
  const { route, model } = routed;
  return {
    model,
    route: { name: route.name, strategy: route.strategy },
    candidates: route.channels.map((channel, index) => ({
      channel: channel.id,
      provider: channel.provider.id,
      format: kind.format(ingress, targetAt(choice.candidates, index)).id,
      model: targetAt(choice.candidates, index).model,
      role: index < route.balanced ? 'balanced' : 'fallback',
      state: stateOf(channel, choice, index),
      weight: channel.health.weight(),
      inFlight: channel.health.inFlight(),
      latencyMs: channel.health.latencyMs(true) ?? channel.health.latencyMs(false),
      credential: channel.passesClientKey ? 'client' : 'own',
    })),
  };
}

function stateOf(channel: Channel, choice: Choice, index: number): string {
  const { model } = targetAt(choice.candidates, index);
  if (!channel.enabled) return 'switched off';
  if (!channel.serves(model)) return `does not serve ${model}`;
  const now = nowMs();
  const obstacle = channel.health.obstacle(askerAt(choice.candidates, index), now);
  return obstacle === undefined ? 'ready' : obstacleText(obstacle, now);
}

function obstacleText(obstacle: Obstacle, now: number): string {
  if (obstacle.type === 'on-trial') return 'broken, one request is trying it out';
  const seconds = Math.ceil((obstacle.untilMs - now) / 1000);
  if (obstacle.type === 'broken') return `broken, tried again in ${seconds} s`;
  return `parked (${obstacle.reason}) for ${seconds} s`;
}

interface Context {
  readonly choice: Choice;
  readonly kind: Explained;
  readonly environment: Environment;
  readonly snapshot: Snapshot;
  passedOver(index: number, cause: Error): void;
}

/** Of the first that can be asked for this: one that cannot is passed over, as by a request. */
function describeFirst(ingress: Ingress, context: Context): ReturnType<typeof describe> {
  const { choice, passedOver } = context;
  let failure: Error | undefined;
  for (;;) {
    const index = nextChannel(choice, nowMs());
    if (index === undefined) throw failure ?? refusalOf(choice, nowMs());
    try {
      return describe(ingress, { ...context, target: targetAt(choice.candidates, index) });
    } catch (cause) {
      if (!(cause instanceof ConversionError || cause instanceof GatewayError)) throw cause;
      failure ??= cause;
      passedOver(index, cause);
      noteUnfit(choice, index);
    }
  }
}

interface Chosen extends Context {
  readonly target: Target;
}

/** What the media are decides what the upstream would be asked, so that nothing more can be said. */
function describe(
  ingress: Ingress,
  chosen: Chosen,
): Pick<Explanation, 'choice'> & Partial<Explanation> {
  try {
    return describeRequest(ingress, chosen);
  } catch (cause) {
    if (!(cause instanceof MediaNeeded) || chosen.snapshot.media === undefined) throw cause;
    return { choice: chosen.target.channel.id, media: cause.media.map(({ path }) => path) };
  }
}

function describeRequest(
  ingress: Ingress,
  { target, kind, environment }: Chosen,
): Pick<Explanation, 'choice' | 'upstream' | 'losses'> {
  const format = kind.format(ingress, target);
  const prepared = kind.prepare(ingress, {
    target,
    format,
    apiKey: undefined,
    requestId: environment.newId('req_'),
    environment,
  });
  return {
    choice: target.channel.id,
    upstream: {
      url: prepared.request.origin + prepared.request.path,
      format: format.id,
      isConverted: format !== ingress.format,
    },
    losses: prepared.losses,
  };
}

/** Throws GatewayError for what is no question. */
export function questionOf(given: JsonValue): Question {
  if (!isObject(given)) throw wrong('the body', 'an object');
  const { model, path, headers, body } = given;
  if (model !== undefined && typeof model !== 'string') throw wrong('model', 'a string');
  if (path !== undefined && (typeof path !== 'string' || !path.startsWith('/')))
    throw wrong('path', 'the path of a request, such as /v1/messages');
  if (body !== undefined && !isObject(body)) throw wrong('body', 'an object');
  if (model === undefined && body === undefined && path === undefined)
    throw wrong('model', 'a model, or a body and a path as a client would send them');
  return { model, path, body, headers: headersIn(headers) };
}

function headersIn(headers: JsonValue | undefined): { readonly [name: string]: string } {
  if (headers === undefined) return {};
  const texts: { [name: string]: string } = {};
  if (!isObject(headers)) throw wrong('headers', 'an object of strings');
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string') throw wrong(`headers.${name}`, 'a string');
    texts[name] = value;
  }
  return texts;
}

function wrong(field: string, expected: string): GatewayError {
  return new GatewayError('body-invalid', `${field}: expected ${expected}`, { param: field });
}
