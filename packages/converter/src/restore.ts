/**
 * Undoes to answers what the adapt stage did to the request: names of tools, wrapped and free
 * input, and structured output that came as a tool call.
 */
import type { Restoration } from './adapt/contract.ts';
import { invalidUpstream } from './errors.ts';
import { createCollector, explode } from './ir/collect.ts';
import type { ChatResponse } from './ir/response.ts';
import type { Emit, StreamPart } from './ir/stream.ts';
import { isObject, type JsonValue, stringifyJson, tryParseJson } from './json.ts';

export function nothingToRestore(restoration: Restoration): boolean {
  const { toolNames, customTools, wrappedTools, outputTool } = restoration;
  const renamed = toolNames.size + customTools.size + wrappedTools.size;
  return renamed === 0 && outputTool === undefined;
}

export function restoreResponse(response: ChatResponse, restoration: Restoration): ChatResponse {
  if (nothingToRestore(restoration)) return response;
  const collector = createCollector();
  explode(response, restoreStream(restoration, collector.push));
  return collector.response();
}

type PartOf<Type extends StreamPart['type']> = Extract<StreamPart, { readonly type: Type }>;
type CallStart = PartOf<'tool-call-start'>;
type CallDelta = PartOf<'tool-call-delta'>;
type CallEnd = PartOf<'tool-call-end'>;

/** What is unwrapped must be whole first; larger inputs end the answer with an error. */
const KEPT_CHARACTERS_MAX = 8 * 1024 * 1024;

/** How one open call is treated until its end. */
interface OpenCall {
  /** The call is the answer's text. */
  readonly isOutput: boolean;
  /** Makes the client's input of the whole of the upstream's; undefined: deltas go through. */
  readonly unwrap: ((input: string) => string) | undefined;
  input: string;
}

/** Wraps a sink: what is pushed into the result reaches `emit` in the client's terms. */
export function restoreStream(restoration: Restoration, emit: Emit): Emit {
  if (nothingToRestore(restoration)) return emit;
  const open = new Map<string, OpenCall>();
  const outputs = new Set<number>();
  const callers = new Set<number>();

  function start(part: CallStart): void {
    const isOutput = part.name === restoration.outputTool;
    (isOutput ? outputs : callers).add(part.candidate);
    const name = restoration.toolNames.get(part.name) ?? part.name;
    const isCustom = !isOutput && restoration.customTools.has(name);
    const isWrapped = restoration.wrappedTools.has(name);
    open.set(placeOf(part), {
      isOutput,
      unwrap: isCustom ? freeText : isWrapped ? wrappedInput : undefined,
      input: '',
    });
    const { candidate, index } = part;
    if (isOutput) emit({ type: 'text-start', candidate, index });
    else if (isCustom) emit({ ...part, name, kind: 'custom' });
    else emit(name === part.name ? part : { ...part, name });
  }

  function delta(part: CallDelta): void {
    const call = open.get(placeOf(part));
    if (call?.unwrap !== undefined) keep(call, part.input);
    else emit(inputDelta(part, part.input, call?.isOutput ?? false));
  }

  function end(part: CallEnd): void {
    const call = open.get(placeOf(part));
    open.delete(placeOf(part));
    const isOutput = call?.isOutput ?? false;
    if (call?.unwrap !== undefined && part.cut !== true) {
      const input = call.unwrap(call.input);
      if (input !== '') emit(inputDelta(part, input, isOutput));
    }
    const { candidate, index } = part;
    emit(isOutput ? { type: 'text-end', candidate, index } : part);
  }

  function finish(part: PartOf<'finish'>): void {
    const { reason } = part.finish;
    const answered = outputs.has(part.candidate) && !callers.has(part.candidate);
    if (reason !== 'tool-calls' || !answered) emit(part);
    else emit({ ...part, finish: { ...part.finish, reason: 'stop' } });
  }

  return (part) => {
    switch (part.type) {
      case 'tool-call-start':
        return start(part);
      case 'tool-call-delta':
        return delta(part);
      case 'tool-call-end':
        return end(part);
      case 'finish':
        return finish(part);
      default:
        return emit(part);
    }
  };
}

function keep(call: OpenCall, input: string): void {
  call.input += input;
  if (call.input.length <= KEPT_CHARACTERS_MAX) return;
  throw invalidUpstream(`the input of a call is longer than ${KEPT_CHARACTERS_MAX} characters`);
}

function placeOf({ candidate, index }: CallStart | CallDelta | CallEnd): string {
  return `${candidate}/${index}`;
}

function inputDelta(
  { candidate, index }: CallDelta | CallEnd,
  input: string,
  isOutput: boolean,
): StreamPart {
  return isOutput
    ? { type: 'text-delta', text: input, candidate, index }
    : { type: 'tool-call-delta', input, candidate, index };
}

/** `{"input": "…"}` to the text in it; models that forget the wrapping meant what they wrote. */
function freeText(input: string): string {
  const value = innerInput(input);
  if (value === undefined) return input;
  return typeof value === 'string' ? value : stringifyJson(value);
}

function wrappedInput(input: string): string {
  const value = innerInput(input);
  return value === undefined ? input : stringifyJson(value);
}

function innerInput(input: string): JsonValue | undefined {
  const value = tryParseJson(input);
  return isObject(value) ? value.input : undefined;
}
