/** Chat Completions, of somebody whose models show what they think and seal nothing. */
import { type JsonObject, objectOf, objectsOf, textOf } from '../../replay/json.ts';
import {
  type Answer,
  type Call,
  type Dialect,
  dataEvent,
  halves,
  pictureOf,
  plain,
  sinceLast,
  type ToolResult,
  turnTokens,
} from './dialect.ts';
import { refuseLikeOpenai } from './openai-errors.ts';

const usage = {
  prompt_tokens: turnTokens.input,
  completion_tokens: turnTokens.output,
  total_tokens: turnTokens.input + turnTokens.output,
};
const reasonOf = ({ calls = [] }: Answer): string => (calls.length > 0 ? 'tool_calls' : 'stop');

function resultsIn(messages: readonly JsonObject[]): readonly ToolResult[] {
  return messages
    .filter(({ role }) => role === 'tool')
    .map((part) => ({ id: textOf(part['tool_call_id']), text: plain(part['content']) }));
}

function problem(request: JsonObject): string | undefined {
  const messages = objectsOf(request['messages']);
  if (JSON.stringify(messages).includes('"thought_signature"')) return 'Unknown thought_signature';
  for (const [index, { tool_calls: calls }] of messages.entries()) {
    const ids = objectsOf(calls).map(({ id }) => textOf(id));
    const answers = resultsIn(messages.slice(index + 1, index + 1 + ids.length));
    if (ids.some((id) => !answers.some((answer) => answer.id === id)))
      return 'An assistant message with "tool_calls" must be followed by tool messages responding to each "tool_call_id".';
  }
  return undefined;
}

function chunks(deltas: readonly object[], reason: string): readonly string[] {
  const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'some' };
  return [
    ...deltas.map((delta) =>
      dataEvent({ ...head, choices: [{ index: 0, delta, finish_reason: null }] }),
    ),
    dataEvent({ ...head, choices: [{ index: 0, delta: {}, finish_reason: reason }] }),
    dataEvent({ ...head, choices: [], usage }),
    'data: [DONE]\n\n',
  ];
}

function callDeltas({ id, name, input }: Call, index: number): readonly object[] {
  const opening = { index, id, type: 'function', function: { name, arguments: '' } };
  return [
    { tool_calls: [opening] },
    ...halves(JSON.stringify(input)).map((half) => ({
      tool_calls: [{ index, function: { arguments: half } }],
    })),
  ];
}

export const openaiChat: Dialect = {
  read(request) {
    const messages = objectsOf(request['messages']);
    const [prompt = {}, latest] = sinceLast(messages, ({ role }) => role === 'user');
    return {
      streams: request['stream'] === true,
      toolNames: objectsOf(request['tools']).map((tool) =>
        textOf(objectOf(tool['function'])['name']),
      ),
      prompt: plain(prompt['content']),
      pictures: objectsOf(prompt['content'])
        .filter(({ type }) => type === 'image_url')
        .map((part) => pictureOf(textOf(objectOf(part['image_url'])['url']))),
      results: resultsIn(messages),
      latestResults: resultsIn(latest),
      wantsSchema: objectOf(request['response_format'])['type'] === 'json_schema',
      reasons: false,
      shows: true,
      seals: 0,
      latestStepsSealed: [],
    };
  },
  problem,
  stream: (answer) =>
    chunks(
      [
        { role: 'assistant', content: '' },
        ...halves(answer.thought ?? '')
          .filter((half) => half !== '')
          .map((half) => ({ reasoning_content: half })),
        ...(answer.pieces ?? []).map((content) => ({ content })),
        ...(answer.calls ?? []).flatMap(callDeltas),
      ],
      reasonOf(answer),
    ),
  whole(answer) {
    const { thought, pieces = [], calls = [] } = answer;
    const message = {
      role: 'assistant',
      content: pieces.length === 0 ? null : pieces.join(''),
      refusal: null,
      ...(thought === undefined ? {} : { reasoning_content: thought }),
      ...(calls.length === 0
        ? {}
        : {
            tool_calls: calls.map(({ id, name, input }) => ({
              id,
              type: 'function',
              function: { name, arguments: JSON.stringify(input) },
            })),
          }),
    };
    return {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: 'some',
      choices: [{ index: 0, message, finish_reason: reasonOf(answer), logprobs: null }],
      usage,
    };
  },
  refuse: refuseLikeOpenai,
};
