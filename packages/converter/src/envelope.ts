/**
 * Carries a provider's opaque data through clients of another format, inside a field that they echo.
 *
 * An envelope is base64 (standard alphabet) of a JSON array that starts with `dgm1`, so every
 * envelope starts with the same eight characters and is told apart from genuine values. It is not
 * authenticated: the provider authenticates what is inside, and a client that forges an envelope
 * gains nothing over sending the value itself. A checksum tells damage.
 */

import { base64OfBytes, bytesOfBase64 } from './base64.ts';
import type { Seal } from './ir/part.ts';
import { isArray, type JsonArray, parseJson } from './json.ts';

/** First characters of every envelope: base64 of `["dgm1`. */
export const ENVELOPE_PREFIX = 'WyJkZ20x';

/** With the mark and the checksum. */
const FIELDS = 9;
const VALUES_MAX = 2 * FIELDS;

/** Where the part stands that the seal belongs to, seen from the part that carries the envelope. */
type Binding = 'self' | 'next' | 'previous';

export interface Envelope {
  readonly binding: Binding;
  /** Undefined: there was nothing to carry; the envelope only marks its carrier as ours. */
  readonly seal?: Seal | undefined;
  /** Reasoning text that the carrier cannot hold and the seal's maker must get back unchanged. */
  readonly text?: string | undefined;
  /** Length in UTF-16 units of the reasoning text that the seal belongs to, where it travels elsewhere. */
  readonly textLength?: number | undefined;
}

export function isEnvelope(value: string): boolean {
  return value.startsWith(ENVELOPE_PREFIX);
}

export function writeEnvelope(envelope: Envelope): string {
  const { binding, seal, text, textLength } = envelope;
  const fields = [
    'dgm1',
    binding,
    seal?.format ?? '',
    seal?.model ?? '',
    seal?.kind ?? '',
    seal?.data ?? '',
    text ?? null,
    textLength ?? null,
  ];
  const json = JSON.stringify([...fields, checksum(JSON.stringify(fields))]);
  return base64OfBytes(new TextEncoder().encode(json));
}

/** Undefined for values that are no envelope, and for damaged ones: tell these apart with isEnvelope. */
export function readEnvelope(value: string): Envelope | undefined {
  if (!isEnvelope(value)) return undefined;
  const fields = fieldsOf(value);
  if (fields?.length !== FIELDS) return undefined;
  if (fields[8] !== checksum(JSON.stringify(fields.slice(0, 8)))) return undefined;
  const [, binding, format, model, kind, data, text, textLength] = fields;
  if (binding !== 'self' && binding !== 'next' && binding !== 'previous') return undefined;
  const sealed = typeof format === 'string' && format !== '' && typeof data === 'string';
  return {
    binding,
    seal: sealed
      ? {
          format,
          model: typeof model === 'string' && model !== '' ? model : undefined,
          kind: kind === 'redacted' ? 'redacted' : 'signature',
          data,
        }
      : undefined,
    text: typeof text === 'string' ? text : undefined,
    textLength: typeof textLength === 'number' ? textLength : undefined,
  };
}

function fieldsOf(value: string): JsonArray | undefined {
  try {
    const fields = parseJson(new TextDecoder().decode(bytesOfBase64(value)), 'plain', VALUES_MAX);
    return isArray(fields) ? fields : undefined;
  } catch {
    return undefined;
  }
}

/** FNV-1a, 32 bits, over UTF-16 units. */
function checksum(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash ^= text.charCodeAt(at);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}
