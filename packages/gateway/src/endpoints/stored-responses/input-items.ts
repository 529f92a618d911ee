/** What was asked for an answer, as a list in pages: every item with an id, a type and its content in parts. */
import { isObject, type JsonArray, type JsonObject, type JsonValue } from 'ai-api-converter';
import { GatewayError } from '../../model/errors.ts';

interface Query {
  get(name: string): string | null;
}

const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 100;

/** Throws GatewayError. */
export function listInputItems(items: JsonArray, query: Query): JsonObject {
  const limit = limitOf(query.get('limit'));
  const told = items.flatMap((item, index) => (isObject(item) ? [toldOf(item, index)] : []));
  const ordered = isAscending(query.get('order')) ? told : told.toReversed();
  const rest = ordered.slice(startOf(ordered, query.get('after')));
  const page = rest.slice(0, limit);
  return {
    object: 'list',
    data: page,
    first_id: page[0]?.['id'] ?? null,
    last_id: page.at(-1)?.['id'] ?? null,
    has_more: rest.length > page.length,
  };
}

/** Clients may send messages in short, and most items without an id. */
function toldOf(item: JsonObject, index: number): JsonObject {
  const { id, type, role, content } = item;
  const named = { ...item, id: typeof id === 'string' && id !== '' ? id : `item_${index}` };
  if (role === undefined) return named;
  const isShort = typeof content === 'string';
  return {
    ...named,
    type: type ?? 'message',
    status: item['status'] ?? 'completed',
    content: isShort ? [partOf(role, content)] : (content ?? []),
  };
}

function partOf(role: JsonValue, text: string): JsonObject {
  return role === 'assistant'
    ? { type: 'output_text', text, annotations: [] }
    : { type: 'input_text', text };
}

function startOf(items: readonly JsonObject[], after: string | null): number {
  if (after === null || after === '') return 0;
  const index = items.findIndex(({ id }) => id === after);
  if (index === -1) throw invalid('after', `there is no item ${after} here`);
  return index + 1;
}

function limitOf(given: string | null): number {
  if (given === null || given === '') return LIMIT_DEFAULT;
  const limit = Number(given);
  if (/^\d+$/.test(given) && limit >= 1 && limit <= LIMIT_MAX) return limit;
  throw invalid('limit', `expected a whole number from 1 to ${LIMIT_MAX}`);
}

function isAscending(given: string | null): boolean {
  if (given !== null && given !== 'asc' && given !== 'desc')
    throw invalid('order', 'expected asc or desc');
  return given === 'asc';
}

function invalid(param: string, expected: string): GatewayError {
  return new GatewayError('body-invalid', `${param}: ${expected}`, { param });
}
