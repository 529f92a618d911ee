/** The upstream's request for embeddings: the client's own bytes where formats agree, else a translation. */
import {
  createEmbeddingTranslator,
  type EmbeddingCall,
  type EmbeddingFormat,
  embeddingFormats,
  isObject,
  type JsonObject,
  spliceMember,
  stringifyJson,
} from 'ai-api-converter';
import { vendorHeaders } from '../../data-plane/headers.ts';
import { headersFor, type Order, type Prepared, refuseLosses } from '../../data-plane/prepare.ts';
import { answerIn, inClientsFormat, passedAnswer } from '../../data-plane/whole-answer.ts';
import { textOf } from '../../lib/bytes.ts';
import type { Target } from '../../model/channel.ts';
import type { Ingress } from '../../model/exchange.ts';
import type { Headers } from '../../model/http.ts';
import type { Meter } from '../../model/metering.ts';
import { providerMakesNone } from './not-offered.ts';

export interface Asking {
  readonly client: EmbeddingFormat;
  readonly call: EmbeddingCall;
  readonly meter: Pick<Meter, 'inputTokens'>;
}

/** Its `whole` takes the answers one by one; what it makes of the last one is the answer. */
export interface PreparedEmbedding extends Prepared {
  readonly target: Target;
  /** What is asked after the first request, where the answer takes several. */
  readonly further: readonly Prepared['request'][];
}

/** Throws ConversionError or GatewayError for what cannot be asked of this target. */
export function prepareEmbedding(
  ingress: Ingress,
  order: Order,
  asking: Asking,
): PreparedEmbedding {
  const upstream = embeddingFormats.find(({ format }) => format === order.format);
  if (upstream === undefined) throw providerMakesNone(order.target);
  return upstream === asking.client
    ? passThrough(ingress, order, asking)
    : translate(ingress, order, { ...asking, upstream });
}

function passThrough(ingress: Ingress, order: Order, { client, call }: Asking): PreparedEmbedding {
  const { target, apiKey } = order;
  const vendor = vendorHeaders(ingress, apiKey !== undefined);
  const { usageField, readUsage, decodeResponse } = client.upstream;
  return {
    request: requestOf(ingress, order, {
      vendor,
      isList: call.isList === true,
      body: sameFormatBody(ingress, target, call),
    }),
    target,
    further: [],
    ...unstreamed(order),
    losses: [],
    whole: (received) => passedAnswer(received, { usageField, readUsage, decodeResponse }),
  };
}

function translate(
  ingress: Ingress,
  order: Order,
  { client, call, meter, upstream }: Asking & { readonly upstream: EmbeddingFormat },
): PreparedEmbedding {
  const translator = createEmbeddingTranslator({
    client,
    upstream,
    body: ingress.body.plain(),
    call,
    upstreamModel: order.target.model,
    inputTokens: () => meter.inputTokens(ingress.bytes),
  });
  const { value: bodies, losses } = translator.requests;
  if (ingress.strict) refuseLosses(losses);
  const { isList } = translator.decoded;
  const [first, ...others] = bodies.map((body) =>
    requestOf(ingress, order, { vendor: {}, isList, body: stringifyJson(body) }),
  );
  if (first === undefined) throw new Error('a request without a body');
  const answers: JsonObject[] = [];
  return {
    request: first,
    target: order.target,
    further: others,
    ...unstreamed(order),
    losses,
    whole({ status, headers, body }) {
      answers.push(answerIn(body, 'plain'));
      const isLast = answers.length === bodies.length;
      if (isLast) return inClientsFormat(headers, translator.response(answers));
      return {
        type: 'whole',
        status,
        headers,
        contentType: '',
        body,
        usage: undefined,
        losses: [],
      };
    },
  };
}

function unstreamed({
  format,
}: Order): Pick<Prepared, 'translator' | 'upstreamFormat' | 'framing'> {
  return { translator: undefined, upstreamFormat: format, framing: 'sse' };
}

interface Wire {
  readonly vendor: Headers;
  readonly isList: boolean;
  readonly body: Uint8Array | string;
}

function requestOf(
  ingress: Ingress,
  order: Order,
  { vendor, isList, body }: Wire,
): Prepared['request'] {
  const { model, channel } = order.target;
  const { provider, basePath, apiVersion, origin } = channel;
  const path = provider.embeddingsPath?.({ basePath, model, apiVersion, isList });
  if (path === undefined) throw providerMakesNone(order.target);
  return { origin, path, headers: headersFor(ingress, order, vendor), body };
}

/** The model stands in the URL too, or alone; where it has another name there, it has to have it here. */
function sameFormatBody(
  ingress: Ingress,
  { model }: Target,
  { isList }: EmbeddingCall,
): Uint8Array | string {
  if (model === ingress.model) return ingress.bytes;
  if (isList === undefined)
    return spliceMember(textOf(ingress.bytes), 'model', model) ?? ingress.bytes;
  const name = /^\w+\//.test(model) ? model : `models/${model}`;
  if (!isList) return spliceMember(textOf(ingress.bytes), 'model', name) ?? ingress.bytes;
  const body = ingress.body.exact();
  const { requests } = body;
  if (!Array.isArray(requests)) return ingress.bytes;
  const renamed = requests.map((one) => (isObject(one) ? { ...one, model: name } : one));
  return stringifyJson({ ...body, requests: renamed });
}
