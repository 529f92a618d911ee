/** The upstream's request: the client's own bytes where formats agree, else a translation. */
import {
  createTranslator,
  ENVELOPE_PREFIX,
  type Environment,
  type Loss,
  spliceMember,
  stringifyJson,
  type Translator,
} from 'ai-api-converter';
import { bufferOf, textOf } from '../lib/bytes.ts';
import { GatewayError } from '../model/errors.ts';
import type { Ingress, StreamFraming, Target } from '../model/exchange.ts';
import type { Headers, UpstreamRequest } from '../model/http.ts';
import { vendorHeaders } from './headers.ts';

export interface Prepared {
  readonly request: UpstreamRequest;
  /** Undefined: same format on both sides, bytes pass through. */
  readonly translator: Translator | undefined;
  readonly losses: readonly Loss[];
  readonly framing: StreamFraming;
}

/**
 * Throws ConversionError or GatewayError for what cannot be asked of this target. Preparing twice
 * gives the same bytes.
 */
export function prepare(ingress: Ingress, target: Target, environment: Environment): Prepared {
  const { provider } = target;
  if (ingress.format === provider.format) return passThrough(ingress, target);
  const translator = createTranslator({
    client: ingress.format,
    upstream: provider.format,
    body: ingress.exactBody(),
    call: ingress.call,
    upstreamModel: target.model,
    environment,
  });
  const { value, losses } = translator.request;
  if (ingress.strict) refuseLosses(losses);
  const path = provider.path(target.model, ingress.stream ? 'sse' : undefined);
  const headers = headersFor(ingress, target, {});
  return {
    request: { origin: target.origin, path, headers, body: stringifyJson(value) },
    translator,
    losses,
    framing: 'sse',
  };
}

function passThrough(ingress: Ingress, target: Target): Prepared {
  const framing = ingress.call.framing ?? 'sse';
  const path = target.provider.path(target.model, ingress.stream ? framing : undefined);
  const headers = headersFor(ingress, target, vendorHeaders(ingress));
  const request = { origin: target.origin, path, headers, body: sameFormatBody(ingress, target) };
  return { request, translator: undefined, losses: [], framing };
}

function sameFormatBody(ingress: Ingress, target: Target): Uint8Array | string {
  const renamed = ingress.call.model === undefined && target.model !== ingress.model;
  // A conversation that another vendor answered before carries its seals, which this one would refuse.
  if (bufferOf(ingress.bytes).includes(ENVELOPE_PREFIX)) {
    const exact = ingress.exactBody();
    const body = target.provider.format.upstream.withoutForeignSeals(exact);
    if (body !== exact) return stringifyJson(renamed ? { ...body, model: target.model } : body);
  }
  if (!renamed) return ingress.bytes;
  const spliced = spliceMember(textOf(ingress.bytes), 'model', target.model);
  return spliced ?? ingress.bytes;
}

function headersFor(ingress: Ingress, target: Target, vendor: Headers): Headers {
  const { provider } = target;
  return {
    ...provider.headers,
    ...vendor,
    ...(ingress.credential === undefined ? {} : provider.authorize(ingress.credential)),
    'content-type': 'application/json',
    accept: ingress.stream ? 'text/event-stream' : 'application/json',
    'accept-encoding': 'identity',
  };
}

function refuseLosses(losses: readonly Loss[]): void {
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
