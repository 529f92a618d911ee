/** An answer that is there as a whole: read, checked, and in the client's format. */
import {
  type AnswerTranslator,
  ConversionError,
  type Format,
  isObject,
  type JsonObject,
  type JsonValue,
  type Loss,
  lastObjectMember,
  parseJson,
  type Report,
  stringifyJson,
  type TranslatedAnswer,
  type Usage,
} from 'ai-api-converter';
import { bufferOf, textOf } from '../lib/bytes.ts';
import { GatewayError } from '../model/errors.ts';
import type { Headers } from '../model/http.ts';
import { UpstreamRefusal } from './failure.ts';

export interface WholeAnswer {
  readonly type: 'whole';
  readonly status: number;
  /** The upstream's. */
  readonly headers: Headers;
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly usage: Usage | undefined;
  readonly losses: readonly Loss[];
}

export interface Received {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** What has to be known of a format to look at its answers. */
interface AnswerReader extends Pick<Format['upstream'], 'usageField' | 'readUsage'> {
  /** Throws for what is no answer. */
  decodeResponse(body: JsonObject, report: Report): unknown;
}

/** Bytes as they came. Throws for what is no answer. */
export function passedAnswer(
  { status, headers, body }: Received,
  reader: AnswerReader,
): WholeAnswer {
  const buffer = bufferOf(body);
  const start = startOf(buffer);
  checkLooks(buffer, start);
  const error = saysError(start) ? errorInDisguise({ headers, body }, reader) : undefined;
  if (error !== undefined) throw error;
  const contentType = headers['content-type'] ?? 'application/json';
  const usage = usageOf(buffer, reader);
  return { type: 'whole', status, headers, contentType, body, usage, losses: [] };
}

/** Throws ConversionError or GatewayError for what is no answer. */
export function translatedAnswer(
  { headers, body }: Received,
  translator: AnswerTranslator,
): WholeAnswer {
  return inClientsFormat(headers, translator.response(answerIn(body)));
}

export function inClientsFormat(
  headers: Headers,
  { value, losses, usage }: TranslatedAnswer,
): WholeAnswer {
  return {
    type: 'whole',
    status: 200,
    headers,
    contentType: 'application/json',
    body: Buffer.from(stringifyJson(value)),
    usage,
    losses,
  };
}

/** Enough to tell JSON from a page, and an answer from an error. */
const HEAD_BYTES = 64;
const TAIL_BYTES = 64;

/** The answer is not ours to read; its ends tell pages and cut bodies from JSON. */
function checkLooks(buffer: Buffer, start: string): void {
  if (!/^[{[]/.test(start))
    throw new GatewayError('upstream-invalid-response', "the upstream's answer is not JSON");
  const tail = buffer.toString('latin1', buffer.length - TAIL_BYTES);
  if (!/[}\]]\s*$/.test(tail))
    throw new GatewayError('upstream-invalid-response', "the upstream's answer ends too early");
}

const SPACES = new Set([0x09, 0x0a, 0x0d, 0x20]);

/** Some upstreams send empty lines to keep the connection alive until the answer is there. */
function startOf(buffer: Buffer): string {
  const at = buffer.findIndex((byte) => !SPACES.has(byte));
  return at === -1 ? '' : buffer.toString('latin1', at, at + HEAD_BYTES);
}

function saysError(start: string): boolean {
  return /^\[?\s*\{\s*(?:"error"\s*:\s*[{"]|"type"\s*:\s*"error")/.test(start);
}

/** A success by its status, an error by its body: the error is believed, as its words mean it. */
export function errorInDisguise(
  { headers, body }: Pick<Received, 'headers' | 'body'>,
  reader: AnswerReader,
): UpstreamRefusal | GatewayError | undefined {
  try {
    const said = parseAnswer(body);
    const first = Array.isArray(said) ? said[0] : said;
    reader.decodeResponse(objectOf(first), () => {});
  } catch (cause) {
    if (cause instanceof ConversionError) return new UpstreamRefusal(cause.error, headers);
    if (cause instanceof GatewayError) return cause;
    throw cause;
  }
  return undefined;
}

/** Only the usage is parsed. */
function usageOf(buffer: Buffer, { usageField, readUsage }: AnswerReader): Usage | undefined {
  const at = buffer.lastIndexOf(`"${usageField}"`);
  const usage = at === -1 ? undefined : lastObjectMember(buffer.toString('utf8', at), usageField);
  return usage === undefined ? undefined : readUsage({ [usageField]: usage });
}

/** Throws GatewayError for what is no object of JSON. `plain` numbers are rounded, and read much faster. */
export function answerIn(bytes: Uint8Array, numbers: 'exact' | 'plain' = 'exact'): JsonObject {
  return objectOf(parseAnswer(bytes, numbers));
}

function parseAnswer(bytes: Uint8Array, numbers: 'exact' | 'plain' = 'exact'): JsonValue {
  try {
    return parseJson(textOf(bytes), numbers);
  } catch (cause) {
    throw new GatewayError('upstream-invalid-response', "the upstream's answer is not valid JSON", {
      cause,
    });
  }
}

function objectOf(body: JsonValue | undefined): JsonObject {
  if (isObject(body)) return body;
  throw new GatewayError('upstream-invalid-response', "the upstream's answer is not a JSON object");
}
