/** One translator an exchange: a client's request for an upstream of another format, and the answer back. */

import type { Capabilities } from './adapt/capabilities.ts';
import type { Restoration } from './adapt/contract.ts';
import { adapt } from './adapt/index.ts';
import { ConversionError, invalidUpstream } from './errors.ts';
import type { AnswerContext, Call, Format, Kept, UpstreamFailure } from './format.ts';
import { boundInnerJson } from './inner-json.ts';
import type { AnsweredRequest, ChatRequest } from './ir/request.ts';
import type { ApiError, Usage } from './ir/response.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { Converted, Loss, Report } from './loss.ts';
import { namingErrors, namingReport } from './name-fields.ts';
import { type FetchedMedia, tellingNeeds, withMedia } from './needed-media.ts';
import { restoreResponse } from './restore.ts';
import { createStreamTranslation, type StreamTranslation } from './translate-stream.ts';

/** What is impure about an answer; tests pass fixed values. */
export interface Environment {
  /** A fresh id: the prefix and enough random letters or digits, such as `msg_01H…`. */
  newId(prefix: string): string;
  /** Seconds since 1970. */
  nowSeconds(): number;
}

export interface TranslatorOptions {
  readonly client: Format;
  readonly upstream: Format;
  /** The client's request body. */
  readonly body: JsonObject;
  /** What the request's URL said. */
  readonly call?: Call | undefined;
  /** The model to ask the upstream for; the client's own when undefined. */
  readonly upstreamModel?: string | undefined;
  /** Overrides what is known of the upstream's model. */
  readonly capabilities?: Partial<Capabilities> | undefined;
  /** What stands behind addresses that a `MediaNeeded` named, by address. */
  readonly media?: ReadonlyMap<string, FetchedMedia> | undefined;
  readonly environment: Environment;
  /** How many JSON values the texts in the request that are JSON may hold together: inputs of calls, seals. */
  readonly valuesMax?: number | undefined;
  /** Under which id the answer will be kept, where it will; formats without such ids ignore it. */
  readonly kept?: Kept | undefined;
}

/** Reads the upstream's answers for the client. Keeps nothing of the conversation. */
export interface AnswerTranslator {
  /** Throws ConversionError when the body is an error, or no answer of the upstream's format. */
  response(body: JsonObject): TranslatedAnswer;
  stream(report: Report): StreamTranslation;
  /** An answer outside 2xx, in the client's own words. */
  failure(failure: UpstreamFailure): ClientError;
}

export interface Translator extends AnswerTranslator {
  /** The upstream's request body and what was lost on the way to it. */
  readonly request: Converted<JsonObject>;
  /** The request in its neutral form, as the client meant it. */
  readonly decoded: ChatRequest;
  readonly upstreamModel: string;
}

export interface TranslatedAnswer extends Converted<JsonObject> {
  readonly usage: Usage | undefined;
}

export interface ClientError {
  readonly status: number;
  readonly body: JsonValue;
  readonly error: ApiError;
}

/**
 * Throws ConversionError for requests that are malformed or cannot be carried over; MediaNeeded, which
 * is one, where it can be tried again with `media`.
 */
export function createTranslator(options: TranslatorOptions): Translator {
  const { request, decoded, upstreamModel, restoration } = translateRequest(options);
  // To leave the turns out took longer than to write an empty list over them.
  const answered = { ...decoded, turns: [] };
  const { response, stream, failure } = createAnswerTranslator(options, {
    answered,
    upstreamModel,
    restoration,
  });
  return { request, decoded, upstreamModel, response, stream, failure };
}

interface TranslatedRequest extends Omit<Translator, keyof AnswerTranslator> {
  readonly restoration: Restoration;
}

function translateRequest(options: TranslatorOptions): TranslatedRequest {
  const { client, upstream } = options;
  const losses: Loss[] = [];
  const report: Report = (loss) => losses.push(loss);
  const decoded = client.client.decodeRequest(options.body, options.call ?? {}, report);
  if (options.valuesMax !== undefined) boundInnerJson(decoded, options.valuesMax);
  const upstreamModel = options.upstreamModel ?? decoded.model;
  const target = {
    format: upstream.id,
    model: upstreamModel,
    capabilities: options.capabilities,
  };
  const { needsBytes, encodeRequest } = upstream.upstream;
  const request = options.media ? withMedia(decoded, options.media, needsBytes) : decoded;
  const { body, restoration } = tellingNeeds(request, needsBytes, () =>
    namingErrors(client.client.fieldNames, () => {
      const named = namingReport(report, client.client.fieldNames);
      const adapted = adapt({ ...request, model: upstreamModel }, target, named);
      const body = encodeRequest(adapted.request, named);
      return { body, restoration: adapted.restoration };
    }),
  );
  return { request: { value: body, losses }, decoded, upstreamModel, restoration };
}

interface Answering {
  readonly answered: AnsweredRequest;
  readonly upstreamModel: string;
  readonly restoration: Restoration;
}

/** Apart from the request's translation, since what one closure of a function sees all of them keep alive. */
function createAnswerTranslator(
  { client, upstream, environment, kept }: TranslatorOptions,
  { answered, upstreamModel, restoration }: Answering,
): AnswerTranslator {
  function contextWith(reportAnswer: Report): AnswerContext {
    return {
      request: answered,
      upstreamModel,
      newId: kept?.newItemId ?? environment.newId,
      nowSeconds: environment.nowSeconds,
      report: reportAnswer,
      kept,
    };
  }

  return {
    response(answer) {
      const answerLosses: Loss[] = [];
      const reportAnswer: Report = (loss) => answerLosses.push(loss);
      const response = readAnswer(() => upstream.upstream.decodeResponse(answer, reportAnswer));
      const value = client.client.encodeResponse(
        restoreResponse(response, restoration),
        contextWith(reportAnswer),
      );
      return { value, losses: answerLosses, usage: response.usage };
    },
    stream: (reportAnswer) =>
      createStreamTranslation({
        decoder: upstream.upstream.decodeStream(reportAnswer),
        encoder: client.client.encodeStream(contextWith(reportAnswer)),
        restoration,
      }),
    failure: (failure) => clientError(client, upstream.upstream.decodeError(failure)),
  };
}

export function clientError(client: Format, error: ApiError): ClientError {
  return { ...client.client.encodeError(error), error };
}

/** Typed reads throw what they would say to a client; from an upstream it is the upstream's fault. */
function readAnswer<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof ConversionError && cause.error.kind !== 'invalid-request') throw cause;
    if (cause instanceof ConversionError && cause.error.status !== 400) throw cause;
    throw invalidUpstream('the upstream sent an answer that could not be read', cause);
  }
}
