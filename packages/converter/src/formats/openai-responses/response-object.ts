/** The response object: in a whole answer, and in the events that begin and end a stream. */
import type { AnswerContext } from '../../format.ts';
import type { Finish, Usage } from '../../ir/response.ts';
import { isObject, type JsonObject, type JsonValue } from '../../json.ts';
import { finishToWire, usageToWire } from './mappings.ts';

const ID_PREFIX = 'resp_';

/** The upstream's id where there is one, so that logs of both sides can be matched. */
export function responseIdOf(id: string, context: AnswerContext): string {
  if (context.kept !== undefined) return context.kept.id;
  if (id === '') return context.newId(ID_PREFIX);
  return id.startsWith(ID_PREFIX) ? id : ID_PREFIX + id;
}

/** What a response repeats of its request, with what OpenAI says where the request is silent. */
const echoedFields: readonly (readonly [name: string, silent: JsonValue])[] = [
  ['background', false],
  ['instructions', null],
  ['max_output_tokens', null],
  ['max_tool_calls', null],
  ['metadata', {}],
  ['parallel_tool_calls', true],
  ['previous_response_id', null],
  ['prompt_cache_key', null],
  ['reasoning', { effort: null, summary: null }],
  ['safety_identifier', null],
  ['service_tier', 'default'],
  ['store', false],
  ['temperature', 1],
  ['text', { format: { type: 'text' } }],
  ['tool_choice', 'auto'],
  ['tools', []],
  ['top_logprobs', 0],
  ['top_p', 1],
  ['truncation', 'disabled'],
  ['user', null],
];

/** What decodeRequest notes for the answer. */
export function echoOf(body: JsonObject): JsonObject {
  return Object.fromEntries(echoedFields.map(([name, silent]) => [name, body[name] ?? silent]));
}

export interface ResponseHead {
  readonly id: string;
  readonly createdAt: number;
  readonly context: AnswerContext;
}

export interface ResponseState {
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  readonly completedAt?: number | undefined;
  readonly incomplete?: JsonValue;
  readonly error?: JsonObject | undefined;
  readonly output: readonly JsonObject[];
  readonly usage?: Usage | undefined;
}

export function responseObject(head: ResponseHead, state: ResponseState): JsonObject {
  const { request, kept } = head.context;
  const echo = request.clientNotes?.['echo'];
  return {
    id: head.id,
    object: 'response',
    created_at: head.createdAt,
    completed_at: state.completedAt ?? null,
    status: state.status,
    error: state.error ?? null,
    incomplete_details: state.incomplete ?? null,
    model: request.model,
    output: state.output,
    usage: state.usage === undefined ? null : usageToWire(state.usage),
    ...(isObject(echo) ? echo : echoOf({})),
    ...(kept && { store: true, previous_response_id: kept.previousId ?? null }),
  };
}

/** How an answer ended that did not fail. */
export function endedState(
  { context }: ResponseHead,
  ended: {
    readonly finish: Finish;
    readonly output: readonly JsonObject[];
    readonly usage?: Usage | undefined;
  },
): ResponseState {
  const { finish, output, usage } = ended;
  const { status, incomplete_details } = finishToWire(finish.reason);
  if (finish.reason === 'pause') {
    context.report({
      feature: 'pause',
      path: 'status',
      action: 'weakened',
      reason: 'unsupported',
      effect: 'answer',
      detail: 'the turn was paused to be continued, which this format cannot say',
    });
  }
  return {
    status,
    incomplete: incomplete_details,
    completedAt: status === 'completed' ? context.nowSeconds() : undefined,
    output,
    usage,
  };
}
