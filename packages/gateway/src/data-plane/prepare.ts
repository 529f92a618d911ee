/** The upstream's request: the client's own bytes where formats agree, else a translation. */
import {
  type AnswerTranslator,
  createTranslator,
  ENVELOPE_PREFIX,
  type Environment,
  type Format,
  type Kept,
  type Loss,
  spliceMember,
  stringifyJson,
} from 'ai-api-converter';
import { bufferOf, textOf } from '../lib/bytes.ts';
import type { Target } from '../model/channel.ts';
import { GatewayError } from '../model/errors.ts';
import type { Ingress } from '../model/exchange.ts';
import type { Headers, UpstreamRequest } from '../model/http.ts';
import type { MediaByUrl } from '../model/media.ts';
import type { Credential, StreamFraming } from '../model/provider.ts';
import { clientTraceHeaders, requestIdHeaders, vendorHeaders } from './headers.ts';
import { passedAnswer, type Received, translatedAnswer, type WholeAnswer } from './whole-answer.ts';

export interface Prepared {
  readonly request: Omit<UpstreamRequest, 'connectMs' | 'body'> & {
    readonly body: Uint8Array | string;
  };
  /** Of what may be streamed; undefined: same format on both sides, bytes pass through. */
  readonly translator: AnswerTranslator | undefined;
  readonly upstreamFormat: Format;
  readonly losses: readonly Loss[];
  readonly framing: StreamFraming;
  /** Reads an answer that is there as a whole. Throws for what is no answer. */
  readonly whole: (received: Received) => WholeAnswer;
}

export interface Order {
  readonly target: Target;
  /** In which the target is asked. */
  readonly format: Format;
  /** The channel's own key; undefined: the client's is passed on. */
  readonly apiKey: string | undefined;
  readonly requestId: string;
  /** Undefined: the client's own are passed on. */
  readonly traceHeaders?: Headers | undefined;
  /** What has been fetched for this request; undefined: nothing yet. */
  readonly media?: MediaByUrl | undefined;
  readonly environment: Environment;
  /** How the client is told of an answer that is kept here. */
  readonly kept?: Kept | undefined;
}

/**
 * Throws ConversionError or GatewayError for what cannot be asked of this target, MediaNeeded where it
 * can once more media are there. Preparing twice gives the same bytes.
 */
export function prepare(ingress: Ingress, order: Order): Prepared {
  return ingress.format === order.format ? passThrough(ingress, order) : translate(ingress, order);
}

function translate(ingress: Ingress, order: Order): Prepared {
  const { target, format } = order;
  const { provider, host } = target.channel;
  const { request, response, stream, failure } = createTranslator({
    client: ingress.format,
    upstream: format,
    body: ingress.body.exact(),
    call: ingress.call,
    upstreamModel: target.model,
    capabilities: provider.capabilities,
    media: order.media,
    environment: order.environment,
    kept: order.kept,
  });
  const translator = { response, stream, failure };
  const losses = [...request.losses];
  const { value } = request;
  const body = provider.fit?.(value, host, (loss) => losses.push(loss)) ?? value;
  if (ingress.strict) refuseLosses(losses);
  return {
    request: {
      origin: target.channel.origin,
      path: pathFor(order, ingress.stream ? 'sse' : undefined),
      headers: headersFor(ingress, order, {}),
      body: wireBody(stringifyJson(body)),
    },
    translator,
    upstreamFormat: format,
    losses,
    framing: 'sse',
    whole: (received) => translatedAnswer(received, translator),
  };
}

/** From here on text would be kept beside the bytes that are sent; what is shorter is copied into one piece. */
const OWN_BYTES_MIN = 64 * 1024;

function wireBody(text: string): Uint8Array | string {
  return text.length < OWN_BYTES_MIN ? text : Buffer.from(text);
}

function passThrough(ingress: Ingress, order: Order): Prepared {
  const { target } = order;
  const framing = ingress.call.framing ?? 'sse';
  return {
    request: {
      origin: target.channel.origin,
      path: pathFor(order, ingress.stream ? framing : undefined),
      headers: headersFor(ingress, order, vendorHeaders(ingress, order.apiKey !== undefined)),
      body: sameFormatBody(ingress, target),
    },
    translator: undefined,
    upstreamFormat: ingress.format,
    losses: [],
    framing,
    whole: (received) => passedAnswer(received, ingress.format.upstream),
  };
}

function pathFor({ target, format }: Order, stream: StreamFraming | undefined): string {
  const { provider, basePath, apiVersion } = target.channel;
  return provider.path({ format, basePath, model: target.model, stream, apiVersion });
}

function sameFormatBody(ingress: Ingress, target: Target): Uint8Array | string {
  const renamed = ingress.call.model === undefined && target.model !== ingress.model;
  // A conversation that another vendor answered before carries its seals, which this one would refuse.
  if (bufferOf(ingress.bytes).includes(ENVELOPE_PREFIX)) {
    const exact = ingress.body.exact();
    const body = ingress.format.upstream.withoutForeignSeals(exact);
    if (body !== exact) return stringifyJson(renamed ? { ...body, model: target.model } : body);
  }
  if (!renamed) return ingress.bytes;
  const spliced = spliceMember(textOf(ingress.bytes), 'model', target.model);
  return spliced ?? ingress.bytes;
}

export function headersFor(ingress: Ingress, order: Order, vendor: Headers): Headers {
  return {
    ...upstreamHeaders(ingress, order, vendor),
    'content-type': 'application/json',
    accept: ingress.stream ? 'text/event-stream' : 'application/json',
    'accept-encoding': 'identity',
  };
}

/** Whatever is asked for: the provider's, the client's that may cross, the channel's, and the key. */
export function upstreamHeaders(ingress: Ingress, order: Order, vendor: Headers): Headers {
  const { target, apiKey, requestId, traceHeaders } = order;
  const { provider, headers } = target.channel;
  const credential = credentialFor(ingress, apiKey);
  return {
    ...provider.headers,
    ...vendor,
    ...requestIdHeaders(ingress, requestId),
    ...(traceHeaders ?? clientTraceHeaders(ingress)),
    ...headers,
    ...(credential === undefined ? {} : provider.authorize(credential)),
  };
}

function credentialFor(ingress: Ingress, apiKey: string | undefined): Credential | undefined {
  return apiKey === undefined ? ingress.credential : { scheme: 'api-key', secret: apiKey };
}

/** In strict mode. */
export function refuseLosses(losses: readonly Loss[]): void {
  const grave = losses.filter(({ effect }) => effect === 'answer');
  if (grave.length === 0) return;
  const list = grave.map(
    ({ path, feature, action, reason }) => `${path} (${feature}) would be ${action}: ${reason}`,
  );
  throw new GatewayError(
    'strict-loss',
    `strict mode refuses this conversion: ${list.join('; ')}. Remove these fields or send the request without x-dragoman-strict`,
  );
}
