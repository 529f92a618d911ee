/**
 * What an assistant's message says of its reasoning. There is no standard place: clients send back
 * `reasoning_content`, `reasoning`, OpenRouter's `reasoning_details`, LiteLLM's `thinking_blocks`,
 * and in `reasoning_details` our own envelopes.
 */

import { compact } from '../../compact.ts';
import { isEnvelope, readEnvelope } from '../../envelope.ts';
import type { ReasoningPart, Seal } from '../../ir/part.ts';
import type { JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { filledIn, numberIn, objectsIn, textIn } from '../../openai/lenient.ts';
import { anthropicSeal, googleSeal } from './seals.ts';

export interface DecodedReasoning {
  readonly parts: readonly ReasoningPart[];
  /** Belongs to the message's text. */
  readonly textSeal?: Seal | undefined;
  /** Belong to tool calls: the one with the id, else the first. */
  readonly callSeals: readonly { readonly id: string | undefined; readonly seal: Seal }[];
}

const nothing: DecodedReasoning = { parts: [], callSeals: [] };

export interface Source {
  readonly message: JsonObject;
  readonly path: string;
  readonly report: Report;
}

export function decodeReasoning(source: Source): DecodedReasoning {
  const { message } = source;
  const text = filledIn(message, 'reasoning_content') ?? filledIn(message, 'reasoning') ?? '';
  const isPlain =
    message['reasoning_details'] === undefined && message['thinking_blocks'] === undefined;
  if (isPlain)
    return text === '' ? nothing : { parts: [{ type: 'reasoning', text }], callSeals: [] };
  const details = objectsIn(message, 'reasoning_details');
  if (details.some((detail) => isEnvelope(opaqueOf(detail)))) {
    return fromEnvelopes(text, details, source);
  }
  if (details.length > 0) return fromDetails(text, details, source);
  const blocks = objectsIn(message, 'thinking_blocks');
  if (blocks.length > 0) return { parts: blocks.flatMap(fromThinkingBlock), callSeals: [] };
  return { parts: text === '' ? [] : [{ type: 'reasoning', text }], callSeals: [] };
}

function opaqueOf(detail: JsonObject): string {
  return textIn(detail, 'signature') ?? textIn(detail, 'data') ?? '';
}

/** Each envelope says how much of the text is its own; a text that was changed since makes seals void. */
function fromEnvelopes(
  text: string,
  details: readonly JsonObject[],
  source: Source,
): DecodedReasoning {
  const parts: ReasoningPart[] = [];
  let textSeal: Seal | undefined;
  let used = 0;
  let isDamaged = false;
  for (const detail of details) {
    const envelope = readEnvelope(opaqueOf(detail));
    if (envelope === undefined) isDamaged = true;
    else if (envelope.binding === 'previous') textSeal = envelope.seal;
    else {
      const length = envelope.textLength ?? 0;
      const piece = text.slice(used, used + length);
      used += length;
      parts.push(compact({ type: 'reasoning' as const, text: piece, seal: envelope.seal }));
    }
  }
  const addsUp = parts.length === 0 || used === text.length;
  if (addsUp && !isDamaged && parts.length > 0) return { parts, textSeal, callSeals: [] };
  if (!addsUp || isDamaged) {
    source.report({
      feature: 'reasoning-signature',
      path: `${source.path}.reasoning_details`,
      action: 'dropped',
      reason: 'invalid',
      effect: 'hint',
      detail: 'the reasoning came back changed, so its signatures no longer fit',
    });
  }
  return { parts: text === '' ? [] : [{ type: 'reasoning', text }], textSeal, callSeals: [] };
}

interface DetailBlock {
  text: string;
  signature: string | undefined;
  data: string | undefined;
  readonly format: string;
  readonly index: number | undefined;
  readonly id: string | undefined;
}

/** Clients that collected a stream hold one entry a delta; those of one index are one block. */
function detailBlocks(details: readonly JsonObject[]): readonly DetailBlock[] {
  const blocks: DetailBlock[] = [];
  for (const detail of details) {
    const index = numberIn(detail, 'index');
    const last = blocks.at(-1);
    const text = textIn(detail, 'text') ?? textIn(detail, 'summary') ?? '';
    const data = filledIn(detail, 'data');
    const isSame = last?.data === undefined && last?.signature === undefined;
    if (last !== undefined && isSame && last.index === index && data === undefined) {
      last.text += text;
      last.signature = filledIn(detail, 'signature');
      continue;
    }
    blocks.push({
      text,
      signature: filledIn(detail, 'signature'),
      data,
      format: textIn(detail, 'format') ?? '',
      index,
      id: filledIn(detail, 'id'),
    });
  }
  return blocks;
}

function fromDetails(
  text: string,
  details: readonly JsonObject[],
  source: Source,
): DecodedReasoning {
  const blocks = detailBlocks(details);
  const parts: ReasoningPart[] = [];
  const callSeals: { id: string | undefined; seal: Seal }[] = [];
  if (text !== '' && blocks.every((block) => block.text === '')) {
    parts.push({ type: 'reasoning', text });
  }
  for (const block of blocks) {
    const isGoogle = block.format.startsWith('google');
    const seal = isGoogle ? googleSeal(block.signature ?? block.data) : sealOfBlock(block, source);
    if (isGoogle && seal !== undefined) callSeals.push({ id: block.id, seal });
    const own = isGoogle ? undefined : seal;
    if (block.text === '' && own === undefined) continue;
    parts.push(compact({ type: 'reasoning' as const, text: block.text, seal: own }));
  }
  return { parts, callSeals };
}

function sealOfBlock(block: DetailBlock, source: Source): Seal | undefined {
  const { format, signature, data } = block;
  if (signature === undefined && data === undefined) return undefined;
  if (format.startsWith('anthropic')) {
    return data === undefined
      ? anthropicSeal('signature', signature)
      : anthropicSeal('redacted', data);
  }
  source.report({
    feature: 'reasoning-signature',
    path: `${source.path}.reasoning_details`,
    action: 'dropped',
    reason: 'foreign',
    effect: 'hint',
    detail: `nobody here can use reasoning sealed as "${format}"`,
  });
  return undefined;
}

function fromThinkingBlock(block: JsonObject): readonly ReasoningPart[] {
  const isRedacted = textIn(block, 'type') === 'redacted_thinking';
  const seal = isRedacted
    ? anthropicSeal('redacted', textIn(block, 'data'))
    : anthropicSeal('signature', textIn(block, 'signature'));
  const text = isRedacted ? '' : (textIn(block, 'thinking') ?? '');
  if (text === '' && seal === undefined) return [];
  return [compact({ type: 'reasoning' as const, text, seal })];
}
