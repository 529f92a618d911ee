/** What the tests of the client half share: requests read, refusals, answers written. */
import assert from 'node:assert/strict';
import { ConversionError } from '../../../errors.ts';
import type { AnswerContext } from '../../../format.ts';
import type { Part } from '../../../ir/part.ts';
import type { ChatRequest, Turn } from '../../../ir/request.ts';
import { isObject, type JsonArray, type JsonObject, parseJson } from '../../../json.ts';
import type { Report } from '../../../loss.ts';
import { withoutPaths } from '../../../testing/without-paths.ts';
import { decodeRequest } from '../decode-request.ts';
import { encodeResponse } from '../encode-response.ts';

/** What the client's body says, whatever it says it of. */
export function decoded(over: JsonObject, report: Report = () => {}): ChatRequest {
  return withoutPaths(decodeRequest({ model: 'gpt-5', input: 'Hi', ...over }, {}, report));
}

export function turnsOf(input: JsonArray, report?: Report): readonly Turn[] {
  return decoded({ input }, report).turns;
}

export function refusalOf(over: JsonObject): ConversionError['error'] {
  try {
    decoded(over);
  } catch (cause) {
    if (cause instanceof ConversionError) return cause.error;
    throw cause;
  }
  throw new Error('was not refused');
}

export function answerContext(request: ChatRequest = decoded({})): AnswerContext {
  let count = 0;
  return {
    request,
    upstreamModel: 'claude-opus-5',
    newId: (prefix) => `${prefix}${++count}`,
    nowSeconds: () => 1_764_000_000,
    report: () => {},
  };
}

/** A whole answer, as the client reads it from the wire. */
export function answered(parts: readonly Part[], request?: ChatRequest): JsonObject {
  const candidates = [{ parts, finish: { reason: 'stop' } }] as const;
  const body = encodeResponse({ id: 'resp_1', model: 'x', candidates }, answerContext(request));
  const wire = parseJson(JSON.stringify(body));
  assert.ok(isObject(wire));
  return wire;
}

export function outputOf(response: JsonObject): readonly JsonObject[] {
  const { output } = response;
  return Array.isArray(output) ? output.filter((item) => isObject(item)) : [];
}
