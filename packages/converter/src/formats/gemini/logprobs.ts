/** Token log probabilities: Gemini keeps chosen tokens and alternatives in two parallel lists. */
import type { TokenLogprob } from '../../ir/part.ts';
import { isObject, type JsonObject, type JsonValue } from '../../json.ts';
import { numericOf } from './fields.ts';

export function decodeLogprobs(value: JsonValue | undefined): readonly TokenLogprob[] {
  if (!isObject(value)) return [];
  const chosen = listOf(value['chosenCandidates']);
  const top = listOf(value['topCandidates']);
  return chosen.map((token, index) => {
    const alternatives = top[index];
    return {
      ...tokenOf(token),
      top: isObject(alternatives) ? listOf(alternatives['candidates']).map(tokenOf) : [],
    };
  });
}

export function encodeLogprobs(tokens: readonly TokenLogprob[]): JsonObject {
  const chosenCandidates = tokens.map(wireToken);
  if (tokens.every(({ top }) => top.length === 0)) return { chosenCandidates };
  return {
    chosenCandidates,
    topCandidates: tokens.map(({ top }) => ({ candidates: top.map(wireToken) })),
  };
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function tokenOf(value: JsonValue): { readonly token: string; readonly logprob: number } {
  const wire = isObject(value) ? value : {};
  const token = wire['token'];
  return {
    token: typeof token === 'string' ? token : '',
    logprob: numericOf(wire['logProbability']) ?? 0,
  };
}

function wireToken(token: { readonly token: string; readonly logprob: number }): JsonObject {
  return { token: token.token, logProbability: token.logprob };
}
