/** The scripted provider's Responses. */
import { readResponsesRequest } from '../judge/asked/openai-responses.ts';
import { openaiRefusal } from './openai-errors.ts';
import { type Dialect, named, type Place, pieces, type Said, type SaidCall } from './script.ts';

/** One item of the output, and the events between its beginning and its end. */
interface Item {
  readonly begun: object;
  readonly steps: readonly { readonly type: string; readonly [field: string]: unknown }[];
  readonly done: object;
}

export const openaiResponses: Dialect = {
  readRequest: readResponsesRequest,
  whole: (said, place) => endOf(said, place),
  events(said, place) {
    const begun = { ...headOf(place), status: 'in_progress', output: [], usage: null };
    const end = endOf(said, place);
    const events = [
      { type: 'response.created', response: begun },
      { type: 'response.in_progress', response: begun },
      ...itemsOf(said, place).flatMap(({ begun: item, steps, done }, output_index) => [
        { type: 'response.output_item.added', output_index, item },
        ...steps.map((step) => ({ ...step, output_index })),
        { type: 'response.output_item.done', output_index, item: done },
      ]),
      { type: `response.${end.status}`, response: end },
    ];
    return events.map((event, sequence_number) => named({ ...event, sequence_number }));
  },
  refusal: openaiRefusal,
  errorEvent: (message) => named({ type: 'error', code: 'server_error', message, param: null }),
};

function headOf({ model, number }: Place): object {
  return {
    id: `resp_conformance${number}`,
    object: 'response',
    created_at: 1_700_000_000,
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    model,
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
  };
}

interface End {
  readonly status: 'completed' | 'incomplete';
  readonly [field: string]: unknown;
}

function endOf(said: Said, place: Place): End {
  const reason = { length: 'max_output_tokens', filter: 'content_filter', stop: '', tools: '' };
  const cut = reason[said.finish];
  const { input, cached, output, reasoning } = said.usage;
  return {
    ...headOf(place),
    status: cut === '' ? 'completed' : 'incomplete',
    incomplete_details: cut === '' ? null : { reason: cut },
    output: itemsOf(said, place).map(({ done }) => done),
    usage: {
      input_tokens: input,
      input_tokens_details: { cached_tokens: cached },
      output_tokens: output,
      output_tokens_details: { reasoning_tokens: reasoning },
      total_tokens: input + output,
    },
  };
}

function itemsOf(said: Said, place: Place): readonly Item[] {
  const { reasoning, seal, text, refusal, calls = [] } = said;
  return [
    ...(reasoning === undefined ? [] : [reasoningItem(reasoning, seal, place)]),
    ...(text === undefined ? [] : [messageItem(textPart, text, place)]),
    ...(refusal === undefined ? [] : [messageItem(refusalPart, pieces(refusal), place)]),
    ...calls.map((call, at) => callItem(call, `${place.number}x${at}`)),
  ];
}

function reasoningItem(reasoning: string, seal: string | undefined, { number }: Place): Item {
  const id = `rs_conformance${number}`;
  const part = { type: 'summary_text', text: reasoning };
  const item = { id, type: 'reasoning', encrypted_content: seal ?? null };
  const at = { item_id: id, summary_index: 0 };
  return {
    begun: { ...item, summary: [] },
    steps: [
      { type: 'response.reasoning_summary_part.added', ...at, part: { ...part, text: '' } },
      ...pieces(reasoning).map((delta) => ({
        type: 'response.reasoning_summary_text.delta',
        ...at,
        delta,
      })),
      { type: 'response.reasoning_summary_text.done', ...at, text: reasoning },
      { type: 'response.reasoning_summary_part.done', ...at, part },
    ],
    done: { ...item, summary: [part] },
  };
}

/** How the two kinds of a message's content are written. */
interface PartKind {
  readonly event: string;
  readonly field: 'text' | 'refusal';
  readonly part: (content: string) => object;
  readonly extra: object;
}

const textPart: PartKind = {
  event: 'response.output_text',
  field: 'text',
  part: (text) => ({ type: 'output_text', text, annotations: [], logprobs: [] }),
  extra: { logprobs: [] },
};

const refusalPart: PartKind = {
  event: 'response.refusal',
  field: 'refusal',
  part: (refusal) => ({ type: 'refusal', refusal }),
  extra: {},
};

function messageItem(kind: PartKind, deltas: readonly string[], { number }: Place): Item {
  const { event, field, part, extra } = kind;
  const item = { id: `msg_conformance${number}`, type: 'message', role: 'assistant' };
  const at = { item_id: item.id, content_index: 0 };
  const whole = deltas.join('');
  return {
    begun: { ...item, status: 'in_progress', content: [] },
    steps: [
      { type: 'response.content_part.added', ...at, part: part('') },
      ...deltas.map((delta) => ({ type: `${event}.delta`, ...at, delta, ...extra })),
      { type: `${event}.done`, ...at, [field]: whole, ...extra },
      { type: 'response.content_part.done', ...at, part: part(whole) },
    ],
    done: { ...item, status: 'completed', content: [part(whole)] },
  };
}

function callItem({ name, input }: SaidCall, id: string): Item {
  const text = JSON.stringify(input);
  const item = { id: `fc_${id}`, type: 'function_call', call_id: `call_${id}`, name };
  const event = 'response.function_call_arguments';
  return {
    begun: { ...item, status: 'in_progress', arguments: '' },
    steps: [
      ...pieces(text).map((delta) => ({ type: `${event}.delta`, item_id: item.id, delta })),
      { type: `${event}.done`, item_id: item.id, name, arguments: text },
    ],
    done: { ...item, status: 'completed', arguments: text },
  };
}
