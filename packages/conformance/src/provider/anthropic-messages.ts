/** The scripted provider's Messages. */
import { readMessagesRequest } from '../judge/asked/anthropic-messages.ts';
import { type Dialect, named, type Place, pieces, type Refusing, type Said } from './script.ts';

/** One block of the content, and the deltas in which it comes. */
interface Block {
  readonly begun: object;
  readonly deltas: readonly object[];
  readonly done: object;
}

export const anthropicMessages: Dialect = {
  readRequest: readMessagesRequest,
  whole: (said, place) => ({
    ...headOf(place),
    content: blocksOf(said, place).map(({ done }) => done),
    ...stopOf(said),
    usage: { ...inputOf(said), output_tokens: said.usage.output },
  }),
  events: (said, place) => [
    named({
      type: 'message_start',
      message: {
        ...headOf(place),
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { ...inputOf(said), output_tokens: 1 },
      },
    }),
    named({ type: 'ping' }),
    ...blocksOf(said, place).flatMap(({ begun, deltas }, index) =>
      [
        { type: 'content_block_start', index, content_block: begun },
        ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
        { type: 'content_block_stop', index },
      ].map(named),
    ),
    named({
      type: 'message_delta',
      delta: stopOf(said),
      usage: { output_tokens: said.usage.output },
    }),
    named({ type: 'message_stop' }),
  ],
  refusal: (refusing) => ({ ...errorOf(refusing), request_id: 'req_conformance' }),
  errorEvent: (message) => named(errorOf({ status: 529, message })),
};

function headOf({ model, number }: Place): object {
  return { id: `msg_conformance${number}`, type: 'message', role: 'assistant', model };
}

function blocksOf(said: Said, { number }: Place): readonly Block[] {
  const { reasoning, seal = '', text, refusal, calls = [] } = said;
  const words = text ?? (refusal === undefined ? undefined : pieces(refusal));
  return [
    ...(reasoning === undefined ? [] : [thinkingBlock(reasoning, seal)]),
    ...(words === undefined ? [] : [textBlock(words)]),
    ...calls.map(({ name, input }, at): Block => {
      const block = { type: 'tool_use', id: `toolu_conformance${number}x${at}`, name };
      return {
        begun: { ...block, input: {} },
        deltas: ['', ...pieces(JSON.stringify(input))].map((partial_json) => ({
          type: 'input_json_delta',
          partial_json,
        })),
        done: { ...block, input },
      };
    }),
  ];
}

function textBlock(words: readonly string[]): Block {
  return {
    begun: { type: 'text', text: '' },
    deltas: words.map((piece) => ({ type: 'text_delta', text: piece })),
    done: { type: 'text', text: words.join('') },
  };
}

function thinkingBlock(thinking: string, signature: string): Block {
  return {
    begun: { type: 'thinking', thinking: '', signature: '' },
    deltas: [
      ...pieces(thinking).map((piece) => ({ type: 'thinking_delta', thinking: piece })),
      { type: 'signature_delta', signature },
    ],
    done: { type: 'thinking', thinking, signature },
  };
}

const stops: { readonly [finish in Said['finish']]: string } = {
  stop: 'end_turn',
  tools: 'tool_use',
  length: 'max_tokens',
  filter: 'refusal',
};

function stopOf({ finish }: Said): object {
  return { stop_reason: stops[finish], stop_sequence: null };
}

function inputOf({ usage: { input, cached } }: Said): object {
  return {
    input_tokens: input - cached,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
  };
}

const kinds: ReadonlyMap<number, string> = new Map([
  [400, 'invalid_request_error'],
  [401, 'authentication_error'],
  [404, 'not_found_error'],
  [429, 'rate_limit_error'],
  [529, 'overloaded_error'],
]);

function errorOf({ status, message }: Refusing): { type: string; error: object } {
  return { type: 'error', error: { type: kinds.get(status) ?? 'api_error', message } };
}
