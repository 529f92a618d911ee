/** Thought signatures: reading them from history, and carrying other providers' seals in their place. */
import { isEnvelope, readEnvelope, writeEnvelope } from '../../envelope.ts';
import type { AnswerContext } from '../../format.ts';
import type { ReasoningPart, Seal } from '../../ir/part.ts';
import { isObject, type JsonArray, type JsonObject, type JsonValue } from '../../json.ts';
import { camelKeys, standardBase64 } from './fields.ts';

/**
 * Clients drop thought parts from their history, so the text that a signature binds travels with it.
 * Longer thoughts are not carried: the history would grow by as much with every turn.
 */
const CARRIED_THOUGHT_CHARACTERS_MAX = 16_384;

/** Values that Gemini documents for calls that were never signed: no data of anybody. */
const bypassValues: ReadonlySet<string> = new Set([
  'skip_thought_signature_validator',
  'context_engineering_is_the_way_to_go',
  'c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=',
  'Y29udGV4dF9lbmdpbmVlcmluZ19pc190aGVfd2F5X3RvX2dv',
]);

export interface Signature {
  /** Belongs to the part itself. */
  readonly own?: Seal | undefined;
  /** Reasoning that stood before the part and travelled inside its signature. */
  readonly before?: ReasoningPart | undefined;
}

export function decodeSignature(value: JsonValue | undefined): Signature {
  if (typeof value !== 'string' || value === '' || bypassValues.has(value)) return {};
  const plain = standardBase64(value);
  if (!isEnvelope(plain)) return { own: genuineSeal(plain) };
  const envelope = readEnvelope(plain);
  if (envelope?.seal === undefined) return {};
  if (envelope.binding !== 'previous') return { own: envelope.seal };
  return { before: { type: 'reasoning', text: envelope.text ?? '', seal: envelope.seal } };
}

export function genuineSeal(data: string): Seal {
  return { format: 'gemini', kind: 'signature', data };
}

/** Holds the seal of a candidate's reasoning until there is a part that can carry it. */
export interface SealCarrier {
  reasoningText(text: string): void;
  /** What waits must have been taken: a part bears one signature. */
  reasoningEnd(seal: Seal | undefined): void;
  /** The signature that the next text or call has to bear for the reasoning before it. */
  take(): string | undefined;
  /** The signature of a part's own seal. */
  own(seal: Seal): string;
}

export function createSealCarrier(context: AnswerContext): SealCarrier {
  let text = '';
  let isTooLong = false;
  let isIncomplete = false;
  let waiting: string | undefined;

  function lost(detail: string): void {
    context.report({
      feature: 'reasoning-signature',
      path: 'candidates[].content.parts[].thoughtSignature',
      action: 'dropped',
      reason: 'limit',
      effect: 'hint',
      detail,
    });
  }
  const bound = (seal: Seal): Seal => ({ ...seal, model: context.upstreamModel });

  return {
    reasoningText(more) {
      isTooLong ||= text.length + more.length > CARRIED_THOUGHT_CHARACTERS_MAX;
      text = isTooLong ? '' : text + more;
    },
    reasoningEnd(seal) {
      if (seal !== undefined && isTooLong) {
        lost('the thought is too long to travel with its signature; the next turn goes without it');
        isIncomplete = true;
      }
      // Providers take back all reasoning of a turn or none: a part of it is an error.
      if (isIncomplete) waiting = undefined;
      else if (seal !== undefined) {
        waiting = writeEnvelope({ binding: 'previous', seal: bound(seal), text });
      }
      text = '';
      isTooLong = false;
    },
    take() {
      const signature = waiting;
      waiting = undefined;
      return signature;
    },
    own: (seal) => writeEnvelope({ binding: 'self', seal: bound(seal) }),
  };
}

/**
 * Same-format traffic whose history was made with another provider: its envelopes go, Gemini's own
 * values come back out of theirs, and parts that held nothing else vanish.
 */
export function withoutForeignSeals(body: JsonObject): JsonObject {
  const contents = body['contents'];
  if (Array.isArray(contents)) {
    const cleaned = mapChanged(contents, cleanContent);
    return cleaned === contents ? body : { ...body, contents: cleaned };
  }
  if (!isObject(contents)) return body;
  const cleaned = cleanContent(contents);
  return cleaned === contents ? body : { ...body, contents: cleaned ?? [] };
}

/** Undefined when nothing is left of it. */
function cleanContent(content: JsonValue): JsonValue | undefined {
  if (!isObject(content) || !Array.isArray(content['parts'])) return content;
  const parts = mapChanged(content['parts'], cleanPart);
  if (parts === content['parts']) return content;
  return parts.length === 0 ? undefined : { ...content, parts };
}

function cleanPart(part: JsonValue): JsonValue | undefined {
  if (!isObject(part)) return part;
  const key = ['thoughtSignature', 'thought_signature'].find((name) => part[name] !== undefined);
  const value = key === undefined ? undefined : part[key];
  if (key === undefined || typeof value !== 'string') return part;
  const plain = standardBase64(value);
  if (!isEnvelope(plain)) return part;
  const seal = readEnvelope(plain)?.seal;
  if (seal?.format === 'gemini') return { ...part, [key]: seal.data };
  const rest = Object.fromEntries(Object.entries(part).filter(([name]) => name !== key));
  return isEmpty(rest) ? undefined : rest;
}

function isEmpty(part: JsonObject): boolean {
  return Object.entries(camelKeys(part)).every(
    ([key, value]) => key === 'thought' || (key === 'text' && value === ''),
  );
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
