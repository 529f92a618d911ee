/** Embeddings, asked for in OpenAI's format or Google's and answered in the same, by either vendor's models. */
import { embeddingFormats, type Format, recognizeEmbedding } from 'ai-api-converter';
import { type Answer, type AskContext, ask } from '../../data-plane/ask.ts';
import type { Explained } from '../../data-plane/explain.ts';
import { handle } from '../../data-plane/handle.ts';
import { readRequest } from '../../data-plane/ingress.ts';
import type { Handing, Kind, Won } from '../../data-plane/kind.ts';
import { relay } from '../../data-plane/relay.ts';
import type { Target } from '../../model/channel.ts';
import { GatewayError } from '../../model/errors.ts';
import type { Ingress, Outcome } from '../../model/exchange.ts';
import type { Endpoint } from '../contract.ts';
import { understoodRefusal } from './not-offered.ts';
import { type Asking, type PreparedEmbedding, prepareEmbedding } from './prepare.ts';

export const embeddings: Endpoint = {
  open(raw) {
    const found = recognizeEmbedding(raw);
    if (found === undefined) return undefined;
    const { format: client, call } = found;
    return (visit) => handle(kindOf({ client, call, meter: visit.services.meter }), visit);
  },
  explained(raw, { meter }) {
    const found = recognizeEmbedding(raw);
    return found && explainedOf({ client: found.format, call: found.call, meter });
  },
};

function explainedOf(asking: Asking): Explained {
  const { client, call } = asking;
  const { format } = client;
  return {
    async read(raw, snapshot, understood) {
      const url = { model: call.model, stream: false };
      const detection = { format, call: url, reason: `path ${raw.path}` };
      understood(detection);
      if (raw.method !== 'POST')
        throw new GatewayError('method-not-allowed', `${raw.method} ${raw.path}: use POST`);
      return readRequest(raw, snapshot, {
        // Each text is counted.
        looksAt: 'plain',
        detect(body) {
          client.client.checkShape(body, call);
          return detection;
        },
      });
    },
    format: (_ingress, target) => formatAt(target, format),
    prepare: (ingress, order) => prepareEmbedding(ingress, order, asking),
  };
}

function kindOf(asking: Asking): Kind<Ingress, PreparedEmbedding, Answer> {
  const { client } = asking;
  const { read, format } = explainedOf(asking);
  return {
    costs: 'tokens',
    isConversation: false,
    tellsPace: true,
    read: ({ raw, snapshot }, understood) => read(raw, snapshot, understood),
    route: (ingress, { snapshot }) => ({
      ingress,
      routed: snapshot.route(ingress.model, ingress.caller?.key),
    }),
    tokens: ({ body }) => ({ input: client.client.inputTokens(body.plain()), output: 0 }),
    format,
    prepare: (ingress, order) => prepareEmbedding(ingress, order, asking),
    ask: askAll,
    relay: relayEmbedding,
  };
}

async function askAll(
  ingress: Ingress,
  prepared: PreparedEmbedding,
  context: AskContext,
): Promise<Answer> {
  try {
    let answer = await ask(ingress, prepared, context);
    for (const request of prepared.further)
      answer = await ask(ingress, { ...prepared, request }, context);
    return answer;
  } catch (cause) {
    throw understoodRefusal(cause, prepared.target);
  }
}

/** The client's own where the provider speaks it; its main one where it has no embeddings, to be named by. */
function formatAt({ channel }: Target, client: Format): Format {
  const { formats } = channel.provider;
  if (formats.includes(client)) return client;
  const known = formats.find((one) => embeddingFormats.some(({ format }) => format === one));
  return known ?? formats[0];
}

/** Vectors are no text: nothing of them is counted. */
async function relayEmbedding(
  { answer, prepared }: Won<PreparedEmbedding, Answer>,
  context: Handing<Ingress>,
): Promise<Outcome> {
  const isCounted = answer.type === 'whole' && answer.usage !== undefined;
  const estimated = isCounted ? {} : { 'x-dragoman-estimated': 'true' };
  const headers = { ...context.headers, ...estimated };
  const outcome = await relay(answer, prepared.losses, { ...context, headers });
  return { ...outcome, sample: undefined };
}
