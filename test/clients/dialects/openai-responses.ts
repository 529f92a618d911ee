/** OpenAI's Responses: what was thought travels sealed, or is kept and referred to. */
import { type JsonObject, objectOf, objectsOf, textOf } from '../../replay/json.ts';
import {
  type Answer,
  type Call,
  type Dialect,
  halves,
  namedEvent,
  pictureOf,
  plain,
  sealOf,
  sinceLast,
  type ToolResult,
  turnTokens,
} from './dialect.ts';
import { refuseLikeOpenai } from './openai-errors.ts';

const VENDOR = 'OpenAI';

function itemsOf({ input }: JsonObject): readonly JsonObject[] {
  return typeof input === 'string' ? [{ role: 'user', content: input }] : objectsOf(input);
}

const isReasoning = ({ type }: JsonObject): boolean => type === 'reasoning';
const isCall = ({ type }: JsonObject): boolean => type === 'function_call';

function resultsIn(items: readonly JsonObject[]): readonly ToolResult[] {
  return items
    .filter(({ type }) => type === 'function_call_output')
    .map((item) => ({ id: textOf(item['call_id']), text: plain(item['output']) }));
}

/** What it was made for: the first call of its step, or text. */
const subjectOf = (next: JsonObject | undefined): string =>
  next !== undefined && isCall(next) ? textOf(next['call_id']) : 'text';
const isSealed = (item: JsonObject, next: JsonObject | undefined): boolean =>
  isReasoning(item) && item['encrypted_content'] === sealOf(VENDOR, subjectOf(next));

function problem(request: JsonObject): string | undefined {
  const items = itemsOf(request);
  for (const [index, item] of items.entries()) {
    if (item['type'] === 'item_reference') return `Item with id '${textOf(item['id'])}' not found.`;
    const next = items[index + 1];
    if (isReasoning(item) && !isSealed(item, next))
      return next === undefined || next['role'] === 'user'
        ? "Item of type 'reasoning' was provided without its required following item."
        : 'The encrypted content could not be verified.';
    if (isCall(item) && !resultsIn(items).some(({ id }) => id === item['call_id']))
      return `No tool output found for function call ${textOf(item['call_id'])}.`;
  }
  return undefined;
}

interface Item {
  readonly begun: object;
  readonly steps: readonly { readonly type: string; readonly [field: string]: unknown }[];
  readonly done: JsonObject;
}

function reasoningItem(text: string, subject: string): Item {
  const item = { id: `rs_${subject}`, type: 'reasoning', summary: [] };
  const sealed = { ...item, encrypted_content: sealOf(VENDOR, subject) };
  if (text === '') return { begun: item, steps: [], done: sealed };
  const at = { item_id: item.id, summary_index: 0 };
  const part = { type: 'summary_text', text };
  return {
    begun: item,
    steps: [
      { type: 'response.reasoning_summary_part.added', ...at, part: { ...part, text: '' } },
      ...halves(text).map((delta) => ({
        type: 'response.reasoning_summary_text.delta',
        ...at,
        delta,
      })),
      { type: 'response.reasoning_summary_text.done', ...at, text },
      { type: 'response.reasoning_summary_part.done', ...at, part },
    ],
    done: { ...sealed, summary: [part] },
  };
}

function callItem({ id, name, input }: Call): Item {
  const item = { id: `fc_${id}`, type: 'function_call', call_id: id, name };
  const text = JSON.stringify(input);
  return {
    begun: { ...item, status: 'in_progress', arguments: '' },
    steps: [
      ...halves(text).map((delta) => ({
        type: 'response.function_call_arguments.delta',
        item_id: item.id,
        delta,
      })),
      { type: 'response.function_call_arguments.done', item_id: item.id, arguments: text },
    ],
    done: { ...item, status: 'completed', arguments: text },
  };
}

function messageItem(pieces: readonly string[]): Item {
  const id = `msg_${Buffer.from(pieces.join('')).toString('hex')}`;
  const item = { id, type: 'message', role: 'assistant' };
  const at = { item_id: item.id, content_index: 0 };
  const part = { type: 'output_text', text: pieces.join(''), annotations: [], logprobs: [] };
  return {
    begun: { ...item, status: 'in_progress', content: [] },
    steps: [
      { type: 'response.content_part.added', ...at, part: { ...part, text: '' } },
      ...pieces.map((delta) => ({
        type: 'response.output_text.delta',
        ...at,
        delta,
        logprobs: [],
      })),
      { type: 'response.output_text.done', ...at, text: part.text, logprobs: [] },
      { type: 'response.content_part.done', ...at, part },
    ],
    done: { ...item, status: 'completed', content: [part] },
  };
}

function itemsFor({ thought, pieces = [], calls = [] }: Answer): readonly Item[] {
  return [
    ...(thought === undefined ? [] : [reasoningItem(thought, calls[0]?.id ?? 'text')]),
    ...(pieces.length === 0 ? [] : [messageItem(pieces)]),
    ...calls.map(callItem),
  ];
}

const head = {
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  model: 'gpt-5-codex',
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: {},
  parallel_tool_calls: true,
  tool_choice: 'auto',
  tools: [],
};

function completed(items: readonly Item[]): object {
  const { input, output } = turnTokens;
  return {
    ...head,
    status: 'completed',
    output: items.map(({ done }) => done),
    usage: {
      input_tokens: input,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: output,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: input + output,
    },
  };
}

function eventsFor(items: readonly Item[]): readonly string[] {
  const events = [
    ...['response.created', 'response.in_progress'].map((type) => ({
      type,
      response: { ...head, status: 'in_progress', output: [] },
    })),
    ...items.flatMap(({ begun, steps, done }, index) => [
      { type: 'response.output_item.added', output_index: index, item: begun },
      ...steps.map((step) => ({ ...step, output_index: index })),
      { type: 'response.output_item.done', output_index: index, item: done },
    ]),
    { type: 'response.completed', response: completed(items) },
  ];
  return events.map(({ type, ...fields }, index) =>
    namedEvent(type, { ...fields, sequence_number: index }),
  );
}

export const openaiResponses: Dialect = {
  read(request) {
    const items = itemsOf(request);
    const [prompt = {}, latest] = sinceLast(items, ({ role }) => role === 'user');
    const { summary } = objectOf(request['reasoning']);
    const calls = latest.filter(isCall);
    return {
      streams: request['stream'] === true,
      toolNames: objectsOf(request['tools']).map(({ name }) => textOf(name)),
      prompt: plain(prompt['content']),
      pictures: objectsOf(prompt['content'])
        .filter(({ type }) => type === 'input_image')
        .map((part) => pictureOf(textOf(part['image_url']))),
      results: resultsIn(items),
      latestResults: resultsIn(latest),
      wantsSchema: objectOf(objectOf(request['text'])['format'])['type'] === 'json_schema',
      reasons:
        (request['store'] !== false && request['reasoning'] !== undefined) ||
        JSON.stringify(request['include'] ?? []).includes('reasoning.encrypted_content'),
      shows: summary !== undefined && summary !== null,
      seals: items.filter((item, index) => isSealed(item, items[index + 1])).length,
      // Calls of one step stand in a row.
      latestStepsSealed: latest.flatMap((item, index) => {
        const before = latest[index - 1];
        if (!calls.includes(item) || (before !== undefined && isCall(before))) return [];
        return [before !== undefined && isSealed(before, item)];
      }),
    };
  },
  problem,
  keeps: (answer) => itemsFor(answer).map(({ done }) => done),
  recall: (request, kept) => ({
    ...request,
    input: itemsOf(request).map((item) =>
      item['type'] === 'item_reference' ? (kept.get(textOf(item['id'])) ?? item) : item,
    ),
  }),
  stream: (answer) => eventsFor(itemsFor(answer)),
  whole: (answer) => completed(itemsFor(answer)),
  refuse: refuseLikeOpenai,
};
