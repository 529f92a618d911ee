/** One translator an exchange: a client's request for embeddings of another format, and the answer back. */
import { invalidUpstream } from '../errors.ts';
import type { UpstreamFailure } from '../format.ts';
import type { Usage } from '../ir/response.ts';
import type { JsonObject } from '../json.ts';
import type { Converted, Loss, Report } from '../loss.ts';
import { type ClientError, clientError, type TranslatedAnswer } from '../translate.ts';
import type { EmbeddingCall, EmbeddingFormat } from './contract.ts';
import type { EmbeddingInput, EmbeddingRequest, EmbeddingResponse } from './neutral.ts';

export interface EmbeddingTranslatorOptions {
  readonly client: EmbeddingFormat;
  readonly upstream: EmbeddingFormat;
  /** The client's request body. */
  readonly body: JsonObject;
  /** What the request's URL said. */
  readonly call?: EmbeddingCall | undefined;
  /** The model to ask the upstream for; the client's own when undefined. */
  readonly upstreamModel?: string | undefined;
  /** What the client is told of the input's size where the upstream says nothing; an estimate. */
  inputTokens(): number;
}

export interface EmbeddingTranslator {
  /** Bodies to ask the upstream with, several where it takes fewer inputs at once than there are. */
  readonly requests: Converted<readonly JsonObject[]>;
  /** The request in its neutral form, as the client meant it. */
  readonly decoded: EmbeddingRequest;
  readonly upstreamModel: string;
  /**
   * The upstream's answers to the requests, in their order. Throws ConversionError when one is an
   * error, or no answer of the upstream's format.
   */
  response(answers: readonly JsonObject[]): TranslatedAnswer;
  /** An answer outside 2xx, in the client's own words. */
  failure(failure: UpstreamFailure): ClientError;
}

/** Throws ConversionError for requests that are malformed or cannot be carried over. */
export function createEmbeddingTranslator(
  options: EmbeddingTranslatorOptions,
): EmbeddingTranslator {
  const { client, upstream, body, call = {}, inputTokens } = options;
  const losses: Loss[] = [];
  const report = reportOnce((loss) => losses.push(loss));
  const decoded = client.client.decodeRequest(body, call, report);
  const upstreamModel = options.upstreamModel ?? decoded.model;
  const asked = partsOf({ ...decoded, model: upstreamModel }, upstream.upstream.inputsMax);
  const bodies = asked.map((part) => upstream.upstream.encodeRequest(part, report));

  return {
    requests: { value: bodies, losses },
    decoded,
    upstreamModel,
    response(answers) {
      const parts = asked.map((part, index) => answerTo(part, answers[index], upstream));
      const response = joined(parts);
      const answerLosses: Loss[] = [];
      const value = client.client.encodeResponse(response, {
        request: decoded,
        upstreamModel,
        inputTokens,
        report: (loss) => answerLosses.push(loss),
      });
      return { value, losses: answerLosses, usage: response.usage };
    },
    failure: (failure) => clientError(client.format, upstream.format.upstream.decodeError(failure)),
  };
}

/** A batch says the same of each of its texts. */
function reportOnce(report: Report): Report {
  const said = new Set<string>();
  return (loss) => {
    const key = `${loss.feature} ${loss.path.replace(/\[\d+\]/g, '[]')}`;
    if (said.has(key)) return;
    said.add(key);
    report(loss);
  };
}

function partsOf(request: EmbeddingRequest, inputsMax: number): readonly EmbeddingRequest[] {
  const { inputs, isList } = request;
  if (!isList || inputs.length <= inputsMax) return [request];
  const parts: EmbeddingRequest[] = [];
  for (let at = 0; at < inputs.length; at += inputsMax) {
    const [first, ...others]: readonly EmbeddingInput[] = inputs.slice(at, at + inputsMax);
    if (first !== undefined) parts.push({ ...request, inputs: [first, ...others] });
  }
  return parts;
}

function answerTo(
  { inputs }: EmbeddingRequest,
  body: JsonObject | undefined,
  { upstream }: EmbeddingFormat,
): EmbeddingResponse {
  const response = upstream.decodeResponse(body ?? {});
  const { length } = response.vectors;
  if (length === inputs.length) return response;
  throw invalidUpstream(`the upstream sent ${length} vectors for ${inputs.length} inputs`);
}

function joined(parts: readonly EmbeddingResponse[]): EmbeddingResponse {
  return {
    model: parts[0]?.model,
    vectors: parts.flatMap(({ vectors }) => vectors),
    usage: sumOf(parts.map(({ usage }) => usage)),
  };
}

/** Undefined where one of them is: a part of the whole would look like the whole. */
function sumOf(usages: readonly (Usage | undefined)[]): Usage | undefined {
  let fresh = 0;
  for (const usage of usages) {
    if (usage === undefined) return undefined;
    fresh += usage.fresh;
  }
  return { fresh, text: 0 };
}
