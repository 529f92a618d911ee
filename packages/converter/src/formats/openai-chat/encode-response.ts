/** A whole answer for a client of this format. */

import { compact } from '../../compact.ts';
import type { AnswerContext } from '../../format.ts';
import type { Part, ToolCallPart } from '../../ir/part.ts';
import type { Candidate, ChatResponse } from '../../ir/response.ts';
import type { JsonObject } from '../../json.ts';
import { createOffsetCounter } from '../../openai/offsets.ts';
import {
  annotation,
  answerIdOf,
  createReasoningDetails,
  extraContent,
  imageUrl,
  isLegacyClient,
  reportExtraLegacyCall,
} from './answer-fields.ts';
import { finishToWire, logprobsToWire, reportPause, usageToWire } from './mappings.ts';
import type { WireAnnotation, WireReasoningDetail, WireToolCall } from './wire.ts';

export function encodeResponse(response: ChatResponse, context: AnswerContext): JsonObject {
  return compact({
    id: answerIdOf(response.id, context),
    object: 'chat.completion',
    created: context.nowSeconds(),
    model: context.request.model,
    choices: response.candidates.map((candidate, index) => choiceOf(candidate, index, context)),
    usage: response.usage === undefined ? undefined : usageToWire(response.usage),
  });
}

function choiceOf(candidate: Candidate, index: number, context: AnswerContext): JsonObject {
  const { parts, finish } = candidate;
  const hasToolCalls = parts.some((part) => part.type === 'tool-call');
  const reason = finishToWire(finish.reason, hasToolCalls);
  reportPause(finish, context.report);
  const isLegacyCall = reason === 'tool_calls' && isLegacyClient(context);
  return {
    index,
    message: messageOf(candidate, context),
    logprobs: logprobsOf(parts),
    finish_reason: isLegacyCall ? 'function_call' : reason,
  };
}

function messageOf({ parts, finish }: Candidate, context: AnswerContext): JsonObject {
  const calls = parts.filter((part) => part.type === 'tool-call');
  const explanation = finish.reason === 'content-filter' ? (finish.message ?? '') : '';
  const complaint = finish.reason === 'malformed-tool-call' ? (finish.message ?? '') : '';
  const text = textOf(parts, 'text') || complaint;
  const refusal = textOf(parts, 'refusal') || explanation;
  const reasoning = textOf(parts, 'reasoning') || undefined;
  const hasOther = calls.length > 0 || refusal !== '';
  return compact({
    role: 'assistant',
    content: text === '' && hasOther ? null : text,
    refusal: refusal === '' ? null : refusal,
    reasoning_content: reasoning,
    reasoning,
    reasoning_details: detailsOf(parts, context),
    annotations: annotationsOf(parts),
    images: imagesOf(parts, context),
    ...callFields(calls, context),
  });
}

function textOf(parts: readonly Part[], type: 'text' | 'refusal' | 'reasoning'): string {
  let text = '';
  for (const part of parts) if (part.type === type) text += part.text;
  return text;
}

function detailsOf(
  parts: readonly Part[],
  context: AnswerContext,
): readonly WireReasoningDetail[] | undefined {
  if (!parts.some(isSealed)) return undefined;
  const details = createReasoningDetails(context);
  const entries = parts.flatMap((part) => {
    if (part.type === 'reasoning') {
      return details.reasoning({ textLength: part.text.length, seal: part.seal });
    }
    return part.type === 'text' && part.seal !== undefined ? details.text(part.seal) : [];
  });
  return [...entries, ...details.end()];
}

function isSealed(part: Part): boolean {
  return (part.type === 'reasoning' || part.type === 'text') && part.seal !== undefined;
}

function annotationsOf(parts: readonly Part[]): readonly WireAnnotation[] | undefined {
  if (!parts.some(isCited)) return undefined;
  const counter = createOffsetCounter();
  return parts
    .filter((part) => part.type === 'text')
    .flatMap((part) => {
      const start = counter.units();
      counter.add(part.text);
      return (part.citations ?? []).map((citation) => annotation(citation, { counter, start }));
    });
}

function isCited(part: Part): boolean {
  return part.type === 'text' && part.citations !== undefined && part.citations.length > 0;
}

function imagesOf(
  parts: readonly Part[],
  context: AnswerContext,
): readonly JsonObject[] | undefined {
  if (!parts.some(({ type }) => type === 'media')) return undefined;
  const images = parts.flatMap((part) => {
    const url = part.type === 'media' ? imageUrl(part, context) : undefined;
    return url === undefined ? [] : [{ type: 'image_url', image_url: { url } }];
  });
  return images.length === 0 ? undefined : images;
}

function callFields(calls: readonly ToolCallPart[], context: AnswerContext): JsonObject {
  const [first] = calls;
  if (first === undefined) return {};
  if (!isLegacyClient(context)) return { tool_calls: calls.map((call) => toolCall(call, context)) };
  if (calls.length > 1) reportExtraLegacyCall(context);
  return { function_call: { name: first.name, arguments: argumentsOf(first) } };
}

function toolCall(call: ToolCallPart, context: AnswerContext): WireToolCall {
  const { id, name, kind, input, seal } = call;
  const extra_content = extraContent(seal, context);
  if (kind === 'custom') return compact({ id, type: kind, custom: { name, input }, extra_content });
  return compact({
    id,
    type: kind,
    function: { name, arguments: argumentsOf(call) },
    extra_content,
  });
}

function argumentsOf({ input }: ToolCallPart): string {
  return input.trim() === '' ? '{}' : input;
}

function logprobsOf(parts: readonly Part[]): JsonObject | null {
  if (!parts.some((part) => part.type === 'text' && part.logprobs !== undefined)) return null;
  const tokens = parts.flatMap((part) => (part.type === 'text' && part.logprobs) || []);
  return tokens.length === 0 ? null : { content: logprobsToWire(tokens), refusal: null };
}
