/** Output items as whole answers and streams write alike. */

import { compact } from '../../compact.ts';
import type { AnswerContext } from '../../format.ts';
import type { Citation, MediaPart, Seal, TokenLogprob } from '../../ir/part.ts';
import type { JsonObject } from '../../json.ts';
import { createOffsetCounter } from '../../openai/offsets.ts';
import { builtInFields, builtInPrefix } from './built-in-tools.ts';
import type { Called } from './call-forms.ts';
import { logprobsToWire } from './mappings.ts';
import { type Binding, sealedContent } from './seals.ts';

export type ItemStatus = 'in_progress' | 'completed';

export function messageItem(
  id: string,
  status: ItemStatus,
  content: readonly JsonObject[],
): JsonObject {
  return { id, type: 'message', status, role: 'assistant', content };
}

export interface SaidText {
  readonly text: string;
  readonly citations?: readonly Citation[] | undefined;
  readonly logprobs?: readonly TokenLogprob[] | undefined;
}

export function textContent({ text, citations = [], logprobs = [] }: SaidText): JsonObject {
  const annotations = annotationsOf(text, citations);
  return { type: 'output_text', text, annotations, logprobs: logprobsToWire(logprobs) };
}

export function refusalContent(refusal: string): JsonObject {
  return { type: 'refusal', refusal };
}

/** Offsets count characters, from the start of the text. */
function annotationsOf(text: string, citations: readonly Citation[]): readonly JsonObject[] {
  if (citations.length === 0) return [];
  const counter = createOffsetCounter();
  counter.add(text);
  return citations.map(({ url, title, start, end }) => ({
    type: 'url_citation',
    url,
    title: title ?? '',
    start_index: counter.charactersAt(start ?? 0),
    end_index: counter.charactersAt(end ?? text.length),
  }));
}

export interface SaidReasoning {
  readonly text: string;
  readonly seal?: Seal | undefined;
  readonly binding: Binding;
}

export function reasoningItem(
  id: string,
  { text, seal, binding }: SaidReasoning,
  context: AnswerContext,
): JsonObject {
  return {
    ...emptyReasoningItem(id),
    summary: text === '' ? [] : [{ type: 'summary_text', text }],
    encrypted_content: sealedContent(binding, seal, context.upstreamModel),
  };
}

/** As it is when nothing of it is known yet. */
export function emptyReasoningItem(id: string): JsonObject {
  return { id, type: 'reasoning', summary: [] };
}

export function callPrefix({ kind, builtIn }: Called): string {
  if (builtIn !== undefined) return builtInPrefix(builtIn);
  return kind === 'custom' ? 'ctc_' : 'fc_';
}

export function callItem(id: string, status: ItemStatus, call: Called): JsonObject {
  const { name, namespace, kind, input, builtIn } = call;
  const call_id = call.id;
  if (builtIn !== undefined) {
    return { id, type: `${builtIn}_call`, status, call_id, ...builtInFields(builtIn, input) };
  }
  const named = compact({ call_id, name, namespace });
  if (kind === 'custom') return { id, type: 'custom_tool_call', status, ...named, input };
  return { id, type: 'function_call', status, ...named, arguments: input };
}

/** Functions without arguments are called with an empty object. */
export function finalInput({ kind, input }: Pick<Called, 'kind' | 'input'>): string {
  return kind === 'function' && input.trim() === '' ? '{}' : input;
}

/** A picture that the model drew; undefined for what this format's answers cannot hold. */
export function imageItem(
  id: string,
  { media, source }: MediaPart,
  context: AnswerContext,
): JsonObject | undefined {
  if (media === 'image' && source.type === 'base64') {
    return { id, type: 'image_generation_call', status: 'completed', result: source.data };
  }
  context.report({
    feature: `${media}-output`,
    path: 'output',
    action: 'dropped',
    reason: 'unsupported',
    effect: 'answer',
    detail: `answers of the Responses API hold no ${media} of this kind`,
  });
  return undefined;
}
