/** Signatures of thinking: other providers' data inside them, and how it comes back out. */
import { isEnvelope, readEnvelope, writeEnvelope } from '../../envelope.ts';
import type { Part, ReasoningPart, Seal } from '../../ir/part.ts';
import { isObject, type JsonArray, type JsonObject, type JsonValue } from '../../json.ts';
import type { Report } from '../../loss.ts';
import type { WireThinking } from './wire.ts';

const FORMAT = 'anthropic-messages';

/** A provider's own value, as it stands in an answer or in a history that began with it. */
export function genuineSeal(data: unknown, kind: Seal['kind']): Seal | undefined {
  if (typeof data !== 'string' || data === '') return undefined;
  return { format: FORMAT, kind, data };
}

/** Collects the parts of a turn and puts seals, which travel in thinking blocks, where they belong. */
export interface SealedParts {
  readonly report: Report;
  readonly parts: Part[];
  /** Belongs to the call that comes next. */
  waiting: { readonly seal: Seal; readonly path: string } | undefined;
}

/** A block of thinking: its words, if it has any, and the opaque data beside them. */
interface Thinking {
  readonly text: string;
  readonly data: string;
  readonly path: string;
}

export function createSealedParts(report: Report): SealedParts {
  return { report, parts: [], waiting: undefined };
}

export function addPart(sealed: SealedParts, part: Part): void {
  const { parts, waiting } = sealed;
  if (waiting === undefined) return void parts.push(part);
  if (part.type === 'tool-call') parts.push({ ...part, seal: waiting.seal });
  else {
    lose(sealed, waiting.path, 'the tool call that it belongs to does not follow');
    parts.push(part);
  }
  sealed.waiting = undefined;
}

export function addThinking(sealed: SealedParts, { text, data, path }: Thinking): void {
  if (isEnvelope(data)) addEnveloped(sealed, { text, data, path });
  else addReasoning(sealed, { text, path, seal: genuineSeal(data, 'signature') });
}

export function addRedacted(sealed: SealedParts, { text, data, path }: Thinking): void {
  if (isEnvelope(data)) addEnveloped(sealed, { text, data, path });
  else addReasoning(sealed, { text, path, seal: genuineSeal(data, 'redacted') });
}

/** The turn is over. */
export function endParts(sealed: SealedParts): readonly Part[] {
  const { parts, waiting } = sealed;
  if (waiting !== undefined) {
    lose(sealed, waiting.path, 'the tool call that it belongs to is missing');
  }
  return parts;
}

function lose({ report }: SealedParts, path: string, detail: string): void {
  report({
    feature: 'reasoning-signature',
    path,
    action: 'dropped',
    reason: 'invalid',
    effect: 'hint',
    detail,
  });
}

function addReasoning(
  sealed: SealedParts,
  { text, path, seal }: Omit<ReasoningPart, 'type'>,
): void {
  if (text === '' && seal === undefined) return;
  addPart(sealed, { type: 'reasoning', text, path, ...(seal && { seal }) });
}

/** A signed text that was empty belongs to the text before it, or stands for itself. */
function sealPrevious(sealed: SealedParts, seal: Seal, path: string): void {
  const { parts } = sealed;
  const last = parts.at(-1);
  if (last?.type === 'text' && last.seal === undefined) parts.splice(-1, 1, { ...last, seal });
  else addPart(sealed, { type: 'text', text: '', seal, path });
}

function addEnveloped(sealed: SealedParts, { text, data, path }: Thinking): void {
  const envelope = readEnvelope(data);
  if (envelope === undefined) lose(sealed, path, 'the value was damaged on its way');
  const { binding = 'self', seal } = envelope ?? {};
  if (binding === 'self' || seal === undefined) return addReasoning(sealed, { text, path, seal });
  addReasoning(sealed, { text, path });
  if (binding === 'previous') return sealPrevious(sealed, seal, path);
  const { waiting } = sealed;
  if (waiting !== undefined) {
    lose(sealed, waiting.path, 'the tool call that it belongs to is missing');
  }
  sealed.waiting = { seal, path };
}

/** Writes the seals of one answer; each names the model that made it. */
export interface SealWriter {
  /** The value for a block of thinking: always one of ours, so that the block is known again. */
  self(seal: Seal | undefined): string;
  next(seal: Seal): string;
  previous(seal: Seal): string;
}

export function createSealWriter(model: string): SealWriter {
  const bound = (seal: Seal): Seal => ({ ...seal, model });
  return {
    self: (seal) => writeEnvelope({ binding: 'self', seal: seal && bound(seal) }),
    next: (seal) => writeEnvelope({ binding: 'next', seal: bound(seal) }),
    previous: (seal) => writeEnvelope({ binding: 'previous', seal: bound(seal) }),
  };
}

/**
 * Same-format traffic whose history was made with another provider: its thinking blocks go,
 * Anthropic's own values come back out of envelopes, and turns that held nothing else vanish.
 */
export function withoutForeignSeals(body: JsonObject): JsonObject {
  const messages = body['messages'];
  if (!Array.isArray(messages)) return body;
  const cleaned = mapChanged(messages, cleanMessage);
  return cleaned === messages ? body : { ...body, messages: cleaned };
}

function cleanMessage(message: JsonValue): JsonValue | undefined {
  if (!isObject(message) || !Array.isArray(message['content'])) return message;
  const content = mapChanged(message['content'], cleanBlock);
  if (content === message['content']) return message;
  return content.length === 0 ? undefined : { ...message, content };
}

function cleanBlock(block: JsonValue): JsonValue | undefined {
  if (!isObject(block)) return block;
  const isThinking = block['type'] === 'thinking';
  if (!isThinking && block['type'] !== 'redacted_thinking') return block;
  const value = block[isThinking ? 'signature' : 'data'];
  if (typeof value !== 'string' || !isEnvelope(value)) return block;
  const { seal } = readEnvelope(value) ?? {};
  if (seal?.format !== FORMAT) return undefined;
  const text = block['thinking'];
  return encodeThinking(typeof text === 'string' ? text : '', seal);
}

/** A block of thinking as Anthropic made it. */
export function encodeThinking(thinking: string, seal: Seal): WireThinking {
  if (seal.kind === 'redacted') return { type: 'redacted_thinking', data: seal.data };
  return { type: 'thinking', thinking, signature: seal.data };
}

/** The same array where nothing changed. */
function mapChanged(
  array: JsonArray,
  change: (value: JsonValue) => JsonValue | undefined,
): JsonArray {
  let changed = false;
  const mapped: JsonValue[] = [];
  for (const value of array) {
    const next = change(value);
    changed ||= next !== value;
    if (next !== undefined) mapped.push(next);
  }
  return changed ? mapped : array;
}
