/** Whether a stream of events is one that this format allows: order, numbers, indexes, identities. */
import assert from 'node:assert/strict';
import { isObject, type JsonObject, parseJson, stringifyJson } from '../../../json.ts';
import { filledIn } from '../../../openai/lenient.ts';

const terminals: ReadonlySet<unknown> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'error',
]);

interface Seen {
  readonly id: unknown;
  readonly type: unknown;
  readonly parts: Set<string>;
  isDone: boolean;
}

/** Reads SSE text; comments are left out. */
export function eventsOf(text: string): readonly JsonObject[] {
  const blocks = text.split('\n\n').filter((block) => block !== '' && !block.startsWith(':'));
  return blocks.map((block) => {
    const [first = '', second = ''] = block.split('\n');
    const event = parseJson(second.replace(/^data: /, ''));
    assert.ok(isObject(event), block);
    assert.equal(first, `event: ${filledIn(event, 'type') ?? ''}`);
    return event;
  });
}

export function assertLegal(events: readonly JsonObject[]): void {
  const types = events.map((event) => event['type']);
  assert.equal(types[0], 'response.created');
  assert.equal(types.filter((type) => terminals.has(type)).length, 1, 'one end');
  assert.ok(terminals.has(types.at(-1)), 'the end comes last');
  const items: Seen[] = [];
  const ids = new Set<unknown>();
  for (const [number, event] of events.entries()) {
    assert.equal(event['sequence_number'], number);
    const { response } = event;
    if (isObject(response)) ids.add(response['id']);
    if (event['output_index'] !== undefined) checkPlaced(event, items);
  }
  assert.equal(ids.size, 1, 'one response');
  if (types.at(-1) === 'response.failed') return;
  assert.ok(
    items.every(({ isDone }) => isDone),
    'every item is done',
  );
}

function checkPlaced(event: JsonObject, items: Seen[]): void {
  const { type, item } = event;
  if (type === 'response.output_item.added') {
    assert.ok(isObject(item));
    assert.equal(event['output_index'], items.length, 'dense, in order');
    assert.ok(
      items.every(({ id }) => id !== item['id']),
      'ids are used once',
    );
    items.push({ id: item['id'], type: item['type'], parts: new Set(), isDone: false });
    return;
  }
  const known = items[Number(event['output_index'])];
  assert.ok(known !== undefined && !known.isDone, `${stringifyJson(type)} of an open item`);
  if (type === 'response.output_item.done') {
    assert.ok(isObject(item));
    assert.deepEqual([item['id'], item['type']], [known.id, known.type]);
    assert.equal(known.parts.size, 0, 'every part is done');
    known.isDone = true;
    return;
  }
  assert.equal(event['item_id'], known.id);
  checkPart(event, known.parts);
}

function checkPart(event: JsonObject, open: Set<string>): void {
  const index = event['content_index'] ?? event['summary_index'];
  if (index === undefined) return;
  const kind = event['content_index'] === undefined ? 'summary' : 'content';
  const part = `${kind} ${stringifyJson(index)}`;
  const type = filledIn(event, 'type') ?? '';
  if (type.endsWith('_part.added')) open.add(part);
  else assert.ok(open.has(part), `${type} of an open part`);
  if (type.endsWith('_part.done')) open.delete(part);
}
