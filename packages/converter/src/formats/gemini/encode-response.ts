/** Writes a whole answer for a Gemini client. */
import type { AnswerContext } from '../../format.ts';
import type { Citation, Part, Seal, TextPart, TokenLogprob } from '../../ir/part.ts';
import type { Candidate, ChatResponse } from '../../ir/response.ts';
import type { JsonObject } from '../../json.ts';
import { argumentsOf } from './encode-contents.ts';
import { bytesIn, encodeGrounding, type PlacedCitation } from './grounding.ts';
import { encodeLogprobs } from './logprobs.ts';
import { encodeFinish, encodeUsage, reportPause } from './mappings.ts';
import { encodeAnswerMedia } from './media.ts';
import { createSealCarrier, type SealCarrier } from './seals.ts';
import type { WireAnswer, WireCandidate, WirePart } from './wire.ts';

export function encodeResponse(response: ChatResponse, context: AnswerContext): JsonObject {
  const answer: WireAnswer = {
    candidates: response.candidates.map((candidate, index) =>
      candidateOf(candidate, index, context),
    ),
    usageMetadata: response.usage && encodeUsage(response.usage),
    modelVersion: context.request.model,
    responseId: response.id === '' ? context.newId('') : response.id,
  };
  return answer;
}

function candidateOf(candidate: Candidate, index: number, context: AnswerContext): WireCandidate {
  const carrier = createSealCarrier(context);
  const isThoughtShown = context.request.reasoning?.visible === true;
  const parts: WirePart[] = [];
  const cited: PlacedCitation[] = [];
  const logprobs: TokenLogprob[] = [];
  let visibleBytes = 0;
  for (const part of candidate.parts) {
    if (part.type === 'reasoning') {
      parts.push(...formerSeal(carrier));
      carrier.reasoningText(part.text);
      carrier.reasoningEnd(part.seal);
      if (isThoughtShown && part.text !== '') parts.push({ text: part.text, thought: true });
      continue;
    }
    parts.push(...partsOf(part, carrier, context));
    if (part.type !== 'text') continue;
    cited.push(...(part.citations ?? []).map((citation) => placed(citation, part, visibleBytes)));
    logprobs.push(...(part.logprobs ?? []));
    visibleBytes += bytesIn(part.text, 0, part.text.length);
  }
  const { finish } = candidate;
  reportPause(finish, context.report);
  if (!parts.some(({ thought }) => thought !== true)) {
    parts.push(closingPart(carrier));
  } else {
    const signature = carrier.take();
    if (signature !== undefined) parts.push({ text: '', thoughtSignature: signature });
  }
  return {
    content: { role: 'model', parts },
    finishReason: encodeFinish(finish),
    finishMessage: finish.message,
    index,
    groundingMetadata: encodeGrounding(cited),
    logprobsResult: logprobs.length === 0 ? undefined : encodeLogprobs(logprobs),
  };
}

/**
 * Before another thought: of two in a row the first has no words behind it that could bear its
 * signature, and where clients echo thoughts it must stand right behind its own.
 */
export function formerSeal(carrier: SealCarrier): readonly WirePart[] {
  const signature = carrier.take();
  return signature === undefined ? [] : [{ text: '', thoughtSignature: signature }];
}

/** An answer without any part, or of thoughts alone, counts as broken with Gemini's clients. */
export function closingPart(carrier: SealCarrier): WirePart {
  return { text: '', ...signed(carrier.take()) };
}

function partsOf(part: Part, carrier: SealCarrier, context: AnswerContext): readonly WirePart[] {
  switch (part.type) {
    case 'text':
      return textParts(part, carrier);
    case 'refusal':
      return part.text === '' ? [] : [{ text: part.text, ...signed(carrier.take()) }];
    case 'media':
      return [encodeAnswerMedia(part)];
    case 'tool-call': {
      const { id, name, input, kind } = part;
      const path = 'candidates[].content.parts[].functionCall.args';
      const args = kind === 'custom' ? { input } : argumentsOf(input, path, context.report);
      return [{ functionCall: { id, name, args }, ...signed(callSignature(part.seal, carrier)) }];
    }
    // Reasoning is written by the caller; results are no part of answers.
    case 'reasoning':
    case 'tool-result':
      return [];
  }
}

/** The first signature is that of the thought before the text, one after it that of the text. */
function textParts({ text, seal }: TextPart, carrier: SealCarrier): readonly WirePart[] {
  const before = carrier.take();
  const own = seal === undefined ? undefined : carrier.own(seal);
  if (before === undefined)
    return text === '' && own === undefined ? [] : [{ text, ...signed(own) }];
  const first: WirePart = { text, thoughtSignature: before };
  return own === undefined ? [first] : [first, { text: '', thoughtSignature: own }];
}

/** A call carries one signature: its own, else that of the thought before it. */
export function callSignature(seal: Seal | undefined, carrier: SealCarrier): string | undefined {
  const before = carrier.take();
  return seal === undefined ? before : carrier.own(seal);
}

export function signed(signature: string | undefined): { readonly thoughtSignature?: string } {
  return signature === undefined ? {} : { thoughtSignature: signature };
}

function placed(citation: Citation, { text }: TextPart, base: number): PlacedCitation {
  const { start, end } = citation;
  if (start === undefined || end === undefined) {
    return { citation, startByte: undefined, endByte: undefined };
  }
  const startByte = base + bytesIn(text, 0, start);
  return {
    citation: { ...citation, citedText: text.slice(start, end) },
    startByte,
    endByte: startByte + bytesIn(text, start, end),
  };
}
