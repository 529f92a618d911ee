/** Pieces of answers that whole answers and streams write alike: seals, citations, ids. */
import { writeEnvelope } from '../../envelope.ts';
import type { AnswerContext } from '../../format.ts';
import type { Citation, MediaPart, Seal } from '../../ir/part.ts';
import type { OffsetCounter } from '../../openai/offsets.ts';
import { dataUrl } from './encode-content.ts';
import type { WireAnnotation, WireExtraContent, WireReasoningDetail } from './wire.ts';

const ID_PREFIX = 'chatcmpl-';

/** The upstream's id where there is one, so that logs of both sides can be matched. */
export function answerIdOf(id: string, context: AnswerContext): string {
  if (id === '') return context.newId(ID_PREFIX);
  return id.startsWith(ID_PREFIX) ? id : ID_PREFIX + id;
}

/** The client spoke of `functions`: it reads one `function_call` and knows no tool calls. */
export function isLegacyClient({ request }: AnswerContext): boolean {
  return request.clientNotes?.['legacyFunctions'] === true;
}

export function extraContent(
  seal: Seal | undefined,
  context: AnswerContext,
): WireExtraContent | undefined {
  if (seal === undefined) return undefined;
  const bound = { ...seal, model: context.upstreamModel };
  return { google: { thought_signature: writeEnvelope({ binding: 'self', seal: bound }) } };
}

interface SealedReasoning {
  readonly textLength: number;
  readonly seal: Seal | undefined;
}

/**
 * Collects the entries of `reasoning_details` of one message. The text travels apart, in
 * `reasoning_content`, so that each entry says how much of it is its own. Reasoning without a seal
 * gets an entry only where a sealed one would otherwise be counted wrongly.
 */
export interface ReasoningDetails {
  reasoning(ended: SealedReasoning): readonly WireReasoningDetail[];
  text(seal: Seal): readonly WireReasoningDetail[];
  /** The rest, once nothing more comes. */
  end(): readonly WireReasoningDetail[];
}

export function createReasoningDetails(context: AnswerContext): ReasoningDetails {
  let index = 0;
  let hasSealed = false;
  let unsealed: number[] = [];

  function entry({ textLength, seal }: SealedReasoning): WireReasoningDetail {
    const bound = seal === undefined ? undefined : { ...seal, model: context.upstreamModel };
    const value = writeEnvelope({ binding: 'self', seal: bound, textLength });
    return seal?.kind === 'redacted'
      ? { type: 'reasoning.encrypted', data: value, index: index++ }
      : { type: 'reasoning.text', signature: value, index: index++ };
  }

  function takeUnsealed(): readonly WireReasoningDetail[] {
    const entries = unsealed.map((textLength) => entry({ textLength, seal: undefined }));
    unsealed = [];
    return entries;
  }

  return {
    reasoning(ended) {
      if (ended.seal === undefined) {
        if (ended.textLength > 0) unsealed.push(ended.textLength);
        return [];
      }
      hasSealed = true;
      return [...takeUnsealed(), entry(ended)];
    },
    text(seal) {
      const bound = { ...seal, model: context.upstreamModel };
      const data = writeEnvelope({ binding: 'previous', seal: bound });
      return [{ type: 'reasoning.encrypted', data, index: index++ }];
    },
    end: () => (hasSealed ? takeUnsealed() : []),
  };
}

/** Offsets from the start of the message, in characters; `start` is the part's first unit. */
export function annotation(
  citation: Citation,
  place: { readonly counter: OffsetCounter; readonly start: number },
): WireAnnotation {
  const { counter, start } = place;
  const from = citation.start === undefined ? start : start + citation.start;
  const to = citation.end === undefined ? counter.units() : start + citation.end;
  return {
    type: 'url_citation',
    url_citation: {
      url: citation.url,
      title: citation.title ?? '',
      start_index: counter.charactersAt(from),
      end_index: counter.charactersAt(to),
    },
  };
}

/** The address of a picture; undefined for what this format's answers cannot hold. */
export function imageUrl(part: MediaPart, context: AnswerContext): string | undefined {
  const { media, source, mimeType } = part;
  if (media === 'image' && source.type === 'url') return source.url;
  if (media === 'image' && source.type === 'base64') return dataUrl(mimeType, source.data);
  context.report({
    feature: `${media}-output`,
    path: 'choices',
    action: 'dropped',
    reason: 'unsupported',
    effect: 'answer',
    detail: `answers of Chat Completions hold no ${media}`,
  });
  return undefined;
}

export function reportExtraLegacyCall(context: AnswerContext): void {
  context.report({
    feature: 'parallel-tool-calls',
    path: 'choices',
    action: 'dropped',
    reason: 'limit',
    effect: 'answer',
    detail: 'a client that uses the deprecated functions reads one call only',
  });
}
