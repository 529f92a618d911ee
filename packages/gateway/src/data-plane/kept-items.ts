/** Kept items, and requests that are rewritten with them, as if the client had sent them. */
import { type JsonArray, type JsonObject, parseJson, stringifyJson } from 'ai-api-converter';
import { textOf } from '../lib/bytes.ts';
import { GatewayError } from '../model/errors.ts';
import type { Ingress } from '../model/exchange.ts';
import { parseBody } from './parsed-body.ts';

export function rewritten(ingress: Ingress, rewrite: (body: JsonObject) => JsonObject): Ingress {
  const bytes = Buffer.from(stringifyJson(rewrite(ingress.body.exact())));
  return { ...ingress, body: parseBody(bytes, ingress.valuesMax), bytes };
}

/** Throws GatewayError when they are not what was kept. */
export function itemsOf(pieces: readonly Uint8Array[]): JsonArray {
  const texts = pieces.map(textOf).filter((text) => text !== '');
  try {
    const items = parseJson(`[${texts.join(',')}]`);
    return Array.isArray(items) ? items : [];
  } catch (cause) {
    return unavailable(cause);
  }
}

export function unavailable(cause: unknown): never {
  const message = 'stored responses, one of which the request names, cannot be read now';
  throw new GatewayError('responses-unavailable', message, { cause });
}
