/** An OpenAI client's request for embeddings into the neutral form. */
import { invalidRequest } from '../../errors.ts';
import { isArray, type JsonArray, type JsonObject, type JsonValue } from '../../json.ts';
import type { Report } from '../../loss.ts';
import {
  at,
  missing,
  optionalInteger,
  optionalString,
  requiredString,
  wrongType,
} from '../../read.ts';
import type { EmbeddingCall } from '../contract.ts';
import type { EmbeddingInput, EmbeddingRequest } from '../neutral.ts';
import { INPUTS_MAX } from './limits.ts';

const knownFields: ReadonlySet<string> = new Set([
  'model',
  'input',
  'dimensions',
  'encoding_format',
  'user',
]);

/** What every server of this format insists on; some embed `messages` in place of texts. */
export function checkShape(body: JsonObject): void {
  const { input, messages } = body;
  if (isAbsent(input) && isArray(messages)) return;
  inputOf(body);
}

/** Undefined where texts are given. */
export function inputTokens({ input }: JsonObject): number | undefined {
  if (!isArray(input)) return undefined;
  if (isTokens(input)) return input.length;
  return input.every(isTokens)
    ? input.reduce<number>((sum, each) => sum + lengthOf(each), 0)
    : undefined;
}

export function decodeRequest(
  body: JsonObject,
  call: EmbeddingCall,
  report: Report,
): EmbeddingRequest {
  const input = inputOf(body);
  const dimensions = optionalInteger(body, 'dimensions', '');
  if (dimensions !== undefined && dimensions < 1)
    throw invalidRequest('dimensions', `dimensions: expected at least 1, got ${dimensions}`);
  const request = {
    model: call.model ?? requiredString(body, 'model', ''),
    ...inputsOf(input),
    dimensions,
    encoding: encodingOf(body),
    user: optionalString(body, 'user', ''),
  };
  for (const key of Object.keys(body)) {
    if (knownFields.has(key) || isAbsent(body[key])) continue;
    const loss = { feature: 'unknown-field', path: key, reason: 'unknown' } as const;
    report({ ...loss, action: 'dropped', effect: 'answer' });
  }
  return request;
}

function inputOf(body: JsonObject): string | JsonArray {
  const { input } = body;
  if (isAbsent(input)) throw missing('input', 'a text, or an array of texts');
  if (typeof input !== 'string' && !isArray(input))
    throw wrongType('input', 'a text, or an array of texts', input);
  if (isArray(input) && input.length === 0)
    throw invalidRequest('input', 'input: expected at least one text');
  return input;
}

function inputsOf(input: string | JsonArray): Pick<EmbeddingRequest, 'inputs' | 'isList'> {
  if (typeof input === 'string') return { inputs: [textAt('input', input)], isList: false };
  if (typeof input[0] === 'number') return { inputs: [tokensAt('input', input)], isList: false };
  if (input.length > INPUTS_MAX) {
    const told = `input: expected at most ${INPUTS_MAX} texts, got ${input.length}`;
    throw invalidRequest('input', told);
  }
  const [first, ...others] = input.map((value, index) => inputAt(at('input', index), value));
  if (first === undefined) throw invalidRequest('input', 'input: expected at least one text');
  return { inputs: [first, ...others], isList: true };
}

function inputAt(path: string, value: JsonValue): EmbeddingInput {
  if (typeof value === 'string') return textAt(path, value);
  if (isArray(value)) return tokensAt(path, value);
  throw wrongType(path, 'a text', value);
}

function textAt(path: string, text: string): EmbeddingInput {
  return { path, content: { type: 'text', texts: [text] } };
}

function tokensAt(path: string, values: JsonArray): EmbeddingInput {
  const tokens = values.map((value, index) => {
    if (typeof value === 'number' && Number.isInteger(value)) return value;
    throw wrongType(at(path, index), 'a token, which is an integer', value);
  });
  return { path, content: { type: 'tokens', tokens } };
}

function encodingOf(body: JsonObject): EmbeddingRequest['encoding'] {
  const encoding = optionalString(body, 'encoding_format', '') ?? 'float';
  if (encoding === 'float' || encoding === 'base64') return encoding;
  throw invalidRequest('encoding_format', 'encoding_format: expected "float" or "base64"');
}

function isTokens(value: JsonValue | undefined): value is readonly number[] {
  return isArray(value) && value.every((each) => typeof each === 'number');
}

function lengthOf(value: JsonValue): number {
  return isArray(value) ? value.length : 0;
}

function isAbsent(value: JsonValue | undefined): value is null | undefined {
  return value === undefined || value === null;
}
