/** Reads a whole answer: the parts that a stream would bring, collected. */
import { ConversionError, invalidUpstream } from '../../errors.ts';
import type { Part, TextPart, ToolCallPart } from '../../ir/part.ts';
import type { Candidate, ChatResponse, Finish } from '../../ir/response.ts';
import type { StreamPart } from '../../ir/stream.ts';
import type { JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { createAnswerDecoder } from './answer-decoder.ts';
import { errorInBody } from './errors.ts';

export function decodeResponse(body: JsonObject, report: Report): ChatResponse {
  const error = errorInBody(body);
  if (error !== undefined) throw new ConversionError(error);
  const decoder = createAnswerDecoder({ report, isWhole: true });
  const answer = createCollector();
  decoder.chunk(body, answer.add);
  if (!decoder.finish(answer.add)) {
    throw invalidUpstream('the upstream answered without candidates and without a reason');
  }
  return { ...answer.head(), candidates: answer.candidates(), usage: decoder.usage() };
}

interface Collector {
  add(part: StreamPart): void;
  head(): { readonly id: string; readonly model: string };
  candidates(): readonly Candidate[];
}

function createCollector(): Collector {
  const partsOf = new Map<number, Part[]>();
  const finishes = new Map<number, Finish>();
  let id = '';
  let model = '';

  function update<T extends Part['type']>(
    place: { readonly candidate: number; readonly index: number },
    type: T,
    change: (part: Extract<Part, { type: T }>) => Part,
  ): void {
    const parts = partsOf.get(place.candidate);
    const part = parts?.[place.index];
    if (parts !== undefined && isOf(part, type)) parts[place.index] = change(part);
  }

  function open(place: { readonly candidate: number; readonly index: number }, part: Part): void {
    const parts = partsOf.get(place.candidate) ?? [];
    parts[place.index] = part;
    partsOf.set(place.candidate, parts);
  }

  return {
    add(part) {
      switch (part.type) {
        case 'message-start':
          ({ id, model } = part);
          return;
        case 'text-start':
          return open(part, { type: 'text', text: '' });
        case 'text-delta':
          return update(part, 'text', (before) => withText(before, part));
        case 'text-end':
          return update(part, 'text', (before) => withEnd(before, part));
        case 'reasoning-start':
          return open(part, { type: 'reasoning', text: '' });
        case 'reasoning-delta':
          return update(part, 'reasoning', (b) => ({ ...b, text: b.text + part.text }));
        case 'reasoning-end':
          return update(part, 'reasoning', (b) => (part.seal ? { ...b, seal: part.seal } : b));
        case 'tool-call-start':
          return open(part, startedCall(part));
        case 'tool-call-delta':
          return update(part, 'tool-call', (b) => ({ ...b, input: b.input + part.input }));
        case 'media':
          return open(part, part.part);
        case 'finish':
          finishes.set(part.candidate, part.finish);
          return;
        default:
      }
    },
    head: () => ({ id, model }),
    candidates: () =>
      [...finishes].map(([index, finish]) => ({ parts: partsOf.get(index) ?? [], finish })),
  };
}

function isOf<T extends Part['type']>(
  part: Part | undefined,
  type: T,
): part is Extract<Part, { type: T }> {
  return part?.type === type;
}

function withText(part: TextPart, delta: Extract<StreamPart, { type: 'text-delta' }>): TextPart {
  const text = part.text + delta.text;
  const logprobs = delta.logprobs && [...(part.logprobs ?? []), ...delta.logprobs];
  return logprobs === undefined ? { ...part, text } : { ...part, text, logprobs };
}

function withEnd(part: TextPart, end: Extract<StreamPart, { type: 'text-end' }>): TextPart {
  const { citations, seal } = end;
  return {
    ...part,
    ...(citations !== undefined && { citations }),
    ...(seal !== undefined && { seal }),
  };
}

function startedCall(part: Extract<StreamPart, { type: 'tool-call-start' }>): ToolCallPart {
  const { id, name, kind, seal } = part;
  const call: ToolCallPart = { type: 'tool-call', id, name, kind, input: '' };
  return seal === undefined ? call : { ...call, seal };
}
