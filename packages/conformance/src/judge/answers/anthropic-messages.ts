/** Reads the meaning of Messages answers. */
import {
  type Json,
  type JsonObject,
  numberOf,
  objectOf,
  objectsOf,
  textOf,
  tryParse,
} from '../json.ts';
import type { Answer, Call, Candidate, Failure, Finish, Usage } from '../meaning.ts';
import type { SseEvent } from '../sse.ts';

interface Draft {
  text: string;
  reasoning: string;
  readonly calls: Call[];
  stop: JsonObject;
  usage: JsonObject;
}

export function readMessagesAnswer(body: JsonObject): Answer {
  const error = failureOf(body);
  if (error !== undefined) return { candidates: [], usage: undefined, error };
  const draft: Draft = { text: '', reasoning: '', calls: [], stop: body, usage: {} };
  for (const block of objectsOf(body['content'])) {
    addBlock(draft, block, block['input']);
  }
  draft.usage = objectOf(body['usage']);
  return { candidates: [candidateOf(draft)], usage: usageOf(draft.usage), error: undefined };
}

export function readMessagesStream(events: readonly SseEvent[]): Answer {
  const draft: Draft = { text: '', reasoning: '', calls: [], stop: {}, usage: {} };
  let error: Failure | undefined;
  let open: JsonObject = {};
  let input = '';
  for (const { data } of events) {
    const event = objectOf(tryParse(data));
    if (event['type'] === 'error') error ??= failureOf(event);
    if (event['type'] === 'message_start') {
      draft.usage = objectOf(objectOf(event['message'])['usage']);
    }
    if (event['type'] === 'content_block_start') {
      open = objectOf(event['content_block']);
      input = '';
    }
    if (event['type'] === 'content_block_delta') {
      const delta = objectOf(event['delta']);
      input += textOf(delta['partial_json']);
      draft.text += textOf(delta['text']);
      draft.reasoning += textOf(delta['thinking']);
    }
    if (event['type'] === 'content_block_stop') {
      addBlock(draft, open, input === '' ? open['input'] : tryParse(input));
    }
    if (event['type'] === 'message_delta') {
      draft.stop = objectOf(event['delta']);
      draft.usage = overwritten(draft.usage, objectOf(event['usage']));
    }
  }
  const candidates = events.length === 0 ? [] : [candidateOf(draft)];
  return { candidates, usage: usageOf(draft.usage), error };
}

/** Totals in `message_delta` replace those of `message_start`; null means "as before". */
function overwritten(before: JsonObject, after: JsonObject): JsonObject {
  return {
    ...before,
    ...Object.fromEntries(Object.entries(after).filter(([, value]) => value !== null)),
  };
}

/** Server tools, their results, compaction and fallback marks are the provider's own affair. */
function addBlock(draft: Draft, block: JsonObject, input: Json | undefined): void {
  if (block['type'] === 'text') draft.text += textOf(block['text']);
  if (block['type'] === 'thinking') draft.reasoning += textOf(block['thinking']);
  if (block['type'] === 'tool_use') {
    const args = input ?? { unreadable: null };
    draft.calls.push({ name: textOf(block['name']), kind: 'function', arguments: args });
  }
}

function candidateOf({ text, reasoning, calls, stop }: Draft): Candidate {
  const finishWord = textOf(stop['stop_reason']);
  return {
    text,
    reasoning,
    refusal: '',
    calls,
    codes: [],
    finish: finishOf(finishWord, calls.length > 0),
    finishWord,
    explanation: textOf(objectOf(stop['stop_details'])['explanation']),
  };
}

const finishes: ReadonlyMap<string, Finish> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop-sequence'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'context-length'],
  ['tool_use', 'tool-calls'],
  ['pause_turn', 'pause'],
  ['refusal', 'content-filter'],
]);

/** Calls that the client must answer are the end of the turn, whatever word says so. */
function finishOf(word: string, called: boolean): Finish {
  if (word === 'end_turn' && called) return 'tool-calls';
  return finishes.get(word) ?? (word === '' ? 'missing' : 'other');
}

function usageOf(wire: JsonObject): Usage | undefined {
  if (numberOf(wire['input_tokens']) === undefined) return undefined;
  // A compaction is billed, but stands outside of the totals.
  const compactions = objectsOf(wire['iterations']).filter(({ type }) => type === 'compaction');
  const sum = (key: string): number => {
    return [wire, ...compactions].reduce((total, count) => total + (numberOf(count[key]) ?? 0), 0);
  };
  const cacheRead = sum('cache_read_input_tokens');
  const cacheWrite = sum('cache_creation_input_tokens');
  return {
    input: sum('input_tokens') + cacheRead + cacheWrite,
    cacheRead,
    cacheWrite,
    output: sum('output_tokens'),
    reasoning: numberOf(objectOf(wire['output_tokens_details'])['thinking_tokens']) ?? 0,
  };
}

export function failureOf(body: Json | undefined): Failure | undefined {
  const wire = objectOf(body);
  if (wire['type'] !== 'error') return undefined;
  const { type, message } = objectOf(wire['error']);
  return { type: textOf(type), message: textOf(message), code: '' };
}
