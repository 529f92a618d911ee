/** Tool calls of one candidate as deltas, in today's shape or as the one deprecated `function_call`. */
import type { AnswerContext } from '../../format.ts';
import type { StreamPart } from '../../ir/stream.ts';
import { stringifyJson } from '../../json.ts';
import { extraContent, isLegacyClient, reportExtraLegacyCall } from './answer-fields.ts';

type Write = (text: string) => void;
type Start = Extract<StreamPart, { readonly type: 'tool-call-start' }>;
type Delta = Extract<StreamPart, { readonly type: 'tool-call-delta' }>;
type End = Extract<StreamPart, { readonly type: 'tool-call-end' }>;

/** Writes a chunk whose delta holds these fields. */
type WriteDelta = (fields: string, write: Write) => void;

export interface CallWriter {
  start(part: Start, write: Write): void;
  input(part: Pick<Delta, 'index' | 'input'>, write: Write): void;
  end(part: End, write: Write): void;
  count(): number;
}

interface Call {
  /** Position among the calls of the message. */
  readonly position: number;
  readonly kind: 'function' | 'custom';
  hasInput: boolean;
}

export function createCallWriter(context: AnswerContext, writeDelta: WriteDelta): CallWriter {
  const isLegacy = isLegacyClient(context);
  /** By part index; only open calls. */
  const calls = new Map<number, Call>();
  let count = 0;

  /** Id, type and name stand in the first chunk only: clients take a repetition for another call. */
  function start(part: Start, write: Write): void {
    const position = count++;
    if (isLegacy && position > 0) return reportExtraLegacyCall(context);
    const { kind, id, name, seal } = part;
    calls.set(part.index, { position, kind, hasInput: false });
    const named = `"name":${stringifyJson(name)}`;
    if (isLegacy) return writeDelta(`"function_call":{${named},"arguments":""}`, write);
    const body =
      kind === 'custom' ? `"custom":{${named},"input":""}` : `"function":{${named},"arguments":""}`;
    const extra = extraContent(seal, context);
    const sealed = extra === undefined ? '' : `,"extra_content":${stringifyJson(extra)}`;
    const begin = `"index":${position},"id":${stringifyJson(id)},"type":"${kind}"`;
    writeDelta(`"tool_calls":[{${begin},${body}${sealed}}]`, write);
  }

  function input(part: Pick<Delta, 'index' | 'input'>, write: Write): void {
    const call = calls.get(part.index);
    if (call === undefined || part.input === '') return;
    call.hasInput = true;
    const value = stringifyJson(part.input);
    if (isLegacy) return writeDelta(`"function_call":{"arguments":${value}}`, write);
    const body =
      call.kind === 'custom' ? `"custom":{"input":${value}}` : `"function":{"arguments":${value}}`;
    writeDelta(`"tool_calls":[{"index":${call.position},${body}}]`, write);
  }

  return {
    start,
    input,
    end({ index, cut }, write) {
      const call = calls.get(index);
      const isEmpty = call?.kind === 'function' && !call.hasInput;
      if (isEmpty && cut !== true) input({ index, input: '{}' }, write);
      calls.delete(index);
    },
    count() {
      return count;
    },
  };
}
