/** Reads the recorded exchanges beside generation: embeddings, token counts, lists of models. */

import type { FormatId } from '../../packages/conformance/src/judge/meaning.ts';
import { isObject, type Json, type JsonObject, textOf } from './json.ts';
import { recordsIn } from './load.ts';

export interface SideCase {
  readonly id: string;
  readonly kind: 'embeddings' | 'count' | 'list';
  readonly format: FormatId;
  readonly model: string;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
  /** Undefined: none was recorded. */
  readonly asked: JsonObject | undefined;
  readonly answer: Json;
}

type Api = Pick<SideCase, 'kind' | 'format'>;

const apis: ReadonlyMap<string, Api> = new Map<string, Api>([
  ['openai.embeddings', { kind: 'embeddings', format: 'openai-chat' }],
  ['google.embedContent', { kind: 'embeddings', format: 'gemini' }],
  ['anthropic.countTokens', { kind: 'count', format: 'anthropic-messages' }],
  ['google.countTokens', { kind: 'count', format: 'gemini' }],
  ['openai.responses.input_tokens', { kind: 'count', format: 'openai-responses' }],
  ['openai.models', { kind: 'list', format: 'openai-chat' }],
  ['anthropic.models', { kind: 'list', format: 'anthropic-messages' }],
  ['google.models', { kind: 'list', format: 'gemini' }],
]);

export function loadSideCases(kind: SideCase['kind']): readonly SideCase[] {
  const cases: SideCase[] = [];
  for (const record of recordsIn()) {
    const api = apis.get(textOf(record['api']));
    if (api?.kind !== kind) continue;
    const asked = record['request_body'];
    cases.push({
      ...api,
      id: textOf(record['id']),
      model: textOf(record['model']),
      method: textOf(record['method']),
      path: textOf(record['path']),
      status: Number(record['status']),
      asked: isObject(asked) ? asked : undefined,
      answer: record['response_body'] ?? null,
    });
  }
  return cases;
}
