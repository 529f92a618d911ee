/** Writes a whole answer for a client of this format. */
import { ConversionError } from '../../errors.ts';
import type { AnswerContext } from '../../format.ts';
import type { Part } from '../../ir/part.ts';
import type { ApiError, ChatResponse, Finish } from '../../ir/response.ts';
import type { JsonObject } from '../../json.ts';
import {
  isThinkingHidden,
  reportCandidates,
  reportCitations,
  reportMedia,
} from './block-writer.ts';
import { inputOf } from './encode-content.ts';
import { messageId, toolId } from './ids.ts';
import { encodeFinish, encodeUsage } from './mappings.ts';
import { createSealWriter, type SealWriter } from './seals.ts';
import type { WireAnswer, WireAnswerBlock, WireAnswerStart } from './wire.ts';

export function encodeResponse(response: ChatResponse, context: AnswerContext): JsonObject {
  // The format has room for one answer.
  const [candidate, ...others] = response.candidates;
  if (others.length > 0) reportCandidates(context);
  const { parts = [], finish } = candidate ?? {};
  const seals = createSealWriter(context.upstreamModel);
  const content = parts.flatMap((part) => blocksOf(part, seals, context));
  const failure = content.length === 0 ? failureOf(finish) : undefined;
  if (failure !== undefined) throw new ConversionError(failure);
  const said = {
    toolCall: parts.some(({ type }) => type === 'tool-call'),
    refusal: parts.some((part) => part.type === 'refusal' && part.text !== ''),
  };
  const answer: WireAnswer = {
    ...emptyAnswer(response.id, context),
    content: content.length === 0 && isCutShort(finish) ? [emptyText] : content,
    ...encodeFinish(finish, said),
    usage: encodeUsage(response.usage),
  };
  return answer;
}

/** What an answer begins as: it grows in a stream, and is filled in at once otherwise. */
export function emptyAnswer(id: string, context: AnswerContext): WireAnswerStart {
  return {
    id: messageId(id, context.newId),
    type: 'message',
    role: 'assistant',
    model: context.request.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
  };
}

/** Nothing was said before the bound was reached: clients expect that words were begun. */
export function isCutShort(finish: Finish | undefined): boolean {
  return finish?.reason === 'length' || finish?.reason === 'context-length';
}

/** A call that the model got wrong, and nothing else: there is no answer to give. */
export function failureOf(finish: Finish | undefined): ApiError | undefined {
  if (finish?.reason !== 'malformed-tool-call') return undefined;
  return {
    kind: 'server',
    status: 502,
    code: 'malformed_tool_call',
    message: finish.message ?? 'the model called a tool in a way that cannot be read',
  };
}

function blocksOf(
  part: Part,
  seals: SealWriter,
  context: AnswerContext,
): readonly WireAnswerBlock[] {
  switch (part.type) {
    case 'text': {
      reportCitations(part.citations, context);
      const carrier = part.seal && carrierOf(seals.previous(part.seal));
      return [...textBlocks(part.text), ...(carrier === undefined ? [] : [carrier])];
    }
    case 'refusal':
      return textBlocks(part.text);
    case 'reasoning': {
      const thinking = isThinkingHidden(context.request) ? '' : part.text;
      if (thinking === '' && part.seal === undefined) return [];
      const signature = seals.self(part.seal);
      return part.seal?.kind === 'redacted' && thinking === ''
        ? [{ type: 'redacted_thinking', data: signature }]
        : [{ type: 'thinking', thinking, signature }];
    }
    case 'tool-call': {
      const { id, name, kind, seal } = part;
      const carrier = seal && carrierOf(seals.next(seal));
      const place = { path: 'content[].input', report: context.report };
      const input = kind === 'custom' ? { input: part.input } : inputOf(part.input, place);
      const call = {
        type: 'tool_use',
        id: toolId(id),
        name,
        input,
        caller: { type: 'direct' },
      } as const;
      return carrier === undefined ? [call] : [carrier, call];
    }
    case 'media':
      reportMedia(context);
      return [];
    // Results are no part of answers.
    case 'tool-result':
      return [];
  }
}

function textBlocks(text: string): readonly WireAnswerBlock[] {
  return text === '' ? [] : [{ ...emptyText, text }];
}

const emptyText: WireAnswerBlock & { readonly type: 'text' } = {
  type: 'text',
  text: '',
  citations: null,
};

/** A block that is there for its signature alone. */
function carrierOf(signature: string): WireAnswerBlock {
  return { type: 'thinking', thinking: '', signature };
}
