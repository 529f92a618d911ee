/** Items of kept answers that a request refers to by their ids: found, and put in place of the references. */
import {
  isObject,
  itemReferences,
  type JsonArray,
  type JsonObject,
  resolveReferences,
} from 'ai-api-converter';
import { GatewayError } from '../model/errors.ts';
import type { Ingress } from '../model/exchange.ts';
import type { StoredResponse } from '../model/responses.ts';
import { itemsOf, rewritten } from './kept-items.ts';
import { responseOfItem } from './response-ids.ts';

/** Each has a whole conversation to be read, and the last one has what most requests refer to. */
const ANSWERS_MAX = 100;
const BYTES_MAX = 32 * 1024 * 1024;

interface Kept {
  /** The conversation that the request goes on from, to which it may refer as well. */
  readonly items: JsonArray;
  find(responseId: string): Promise<StoredResponse | undefined>;
}

/** Rejects with GatewayError when an item that was kept is not there any more. References to others stay. */
export async function withReferred(ingress: Ingress, { items, find }: Kept): Promise<Ingress> {
  const references = itemReferences(ingress.body.plain());
  if (references.length === 0) return ingress;
  const known = new Map<string, JsonObject>();
  note(items, known);
  let answers = 0;
  let bytes = 0;
  // An answer is kept with all that was said before it, however long ago: the latest ones know the most.
  for (const id of references.toReversed()) {
    const responseId = known.has(id) ? undefined : responseOfItem(id);
    if (responseId === undefined) continue;
    answers += 1;
    if (answers > ANSWERS_MAX) throw tooMany();
    const found = await find(responseId);
    if (found !== undefined) {
      const pieces = [...found.input, found.output];
      bytes += pieces.reduce((sum, { length }) => sum + length, 0);
      if (bytes > BYTES_MAX) throw tooMany();
      note(itemsOf(pieces), known);
    }
    if (!known.has(id)) throw itemNotFound(id);
  }
  const resolved = references.filter((id) => known.has(id));
  if (resolved.length === 0) return ingress;
  if (new Set(resolved).size < resolved.length) throw repeated();
  return rewritten(ingress, (body) => resolveReferences(known, body));
}

function note(items: JsonArray, known: Map<string, JsonObject>): void {
  for (const item of items) {
    const id = isObject(item) ? item['id'] : undefined;
    if (isObject(item) && typeof id === 'string' && id !== '') known.set(id, item);
  }
}

export function itemNotFound(id: string): GatewayError {
  return new GatewayError('item-not-found', `Item with id '${id}' not found.`, { param: 'input' });
}

/** One item would become as many as one likes. */
function repeated(): GatewayError {
  const message = 'input: refers to one item more than once';
  return new GatewayError('body-invalid', message, { param: 'input' });
}

function tooMany(): GatewayError {
  const message = `input: refers to items of more than ${ANSWERS_MAX} answers that do not go on from each other, or of too large ones; send the items themselves`;
  return new GatewayError('body-invalid', message, { param: 'input' });
}
