/** Answers as parts and back: what a stream amounts to, and the stream that an answer would have been. */
import { ConversionError, invalidUpstream } from '../errors.ts';
import type { Citation, MediaPart, Part, Seal, TokenLogprob } from './part.ts';
import type { ApiError, Candidate, ChatResponse, Finish, Usage } from './response.ts';
import type { Emit, StreamPart } from './stream.ts';

/** Emits what a stream of this answer would hold, one delta a part. */
export function explode(response: ChatResponse, emit: Emit): void {
  const { id, model, candidates, usage } = response;
  emit({ type: 'message-start', id, model, ...(usage !== undefined && { usage }) });
  for (const [candidate, { parts, finish }] of candidates.entries()) {
    let index = 0;
    for (const part of parts) if (explodePart(part, { candidate, index }, emit)) index++;
    emit({ type: 'finish', candidate, finish });
  }
  emit({ type: 'message-end', ...(usage !== undefined && { usage }) });
}

interface Place {
  readonly candidate: number;
  readonly index: number;
}

/** False: a part that no answer has. */
function explodePart(part: Part, place: Place, emit: Emit): boolean {
  switch (part.type) {
    case 'text': {
      const { text, citations, logprobs, seal } = part;
      emit({ type: 'text-start', ...place });
      if (text !== '' || logprobs !== undefined) {
        emit({ type: 'text-delta', text, ...(logprobs && { logprobs }), ...place });
      }
      emit({ type: 'text-end', ...(citations && { citations }), ...(seal && { seal }), ...place });
      return true;
    }
    case 'reasoning': {
      const { text, seal } = part;
      emit({ type: 'reasoning-start', ...place });
      if (text !== '') emit({ type: 'reasoning-delta', text, ...place });
      emit({ type: 'reasoning-end', ...(seal && { seal }), ...place });
      return true;
    }
    case 'refusal':
      emit({ type: 'refusal-start', ...place });
      if (part.text !== '') emit({ type: 'refusal-delta', text: part.text, ...place });
      emit({ type: 'refusal-end', ...place });
      return true;
    case 'tool-call': {
      const { id, name, kind, input, seal } = part;
      emit({ type: 'tool-call-start', id, name, kind, ...(seal && { seal }), ...place });
      if (input !== '') emit({ type: 'tool-call-delta', input, ...place });
      emit({ type: 'tool-call-end', ...place });
      return true;
    }
    case 'media':
      emit({ type: 'media', part, ...place });
      return true;
    case 'tool-result':
      return false;
  }
}

export interface Collector {
  push(part: StreamPart): void;
  /** Throws ConversionError when the stream failed or never began. */
  response(): ChatResponse;
}

interface Draft {
  readonly type: 'text' | 'reasoning' | 'refusal' | 'tool-call';
  text: string;
  logprobs?: TokenLogprob[];
  citations?: readonly Citation[];
  seal?: Seal;
  readonly call?: Extract<StreamPart, { readonly type: 'tool-call-start' }>;
}

interface CandidateDraft {
  readonly parts: Map<number, Draft | MediaPart>;
  finish: Finish;
}

export function createCollector(): Collector {
  let start: { readonly id: string; readonly model: string } | undefined;
  let usage: Usage | undefined;
  let error: ApiError | undefined;
  const candidates = new Map<number, CandidateDraft>();

  function candidateOf(number: number): CandidateDraft {
    const known = candidates.get(number);
    if (known !== undefined) return known;
    const created: CandidateDraft = { parts: new Map(), finish: { reason: 'other' } };
    candidates.set(number, created);
    return created;
  }

  function push(part: StreamPart): void {
    switch (part.type) {
      case 'message-start':
        start = part;
        usage = part.usage;
        break;
      case 'message-end':
        usage = part.usage ?? usage;
        break;
      case 'stream-error':
        error ??= part.error;
        break;
      case 'finish':
        candidateOf(part.candidate).finish = part.finish;
        break;
      case 'ping':
        break;
      default:
        collectPart(candidateOf(part.candidate).parts, part);
    }
  }

  return {
    push,
    response() {
      if (error !== undefined) throw new ConversionError(error);
      if (start === undefined) throw invalidUpstream('the stream ended before it began');
      const numbers = [...candidates.keys()].toSorted((one, other) => one - other);
      return {
        id: start.id,
        model: start.model,
        candidates: numbers.map((number) => toCandidate(candidateOf(number))),
        ...(usage !== undefined && { usage }),
      };
    },
  };
}

type PlacedPart = Extract<StreamPart, Place>;

function collectPart(parts: CandidateDraft['parts'], part: PlacedPart): void {
  const open = parts.get(part.index);
  const draft = open === undefined || open.type === 'media' ? undefined : open;
  switch (part.type) {
    case 'text-start':
      parts.set(part.index, { type: 'text', text: '' });
      break;
    case 'reasoning-start':
      parts.set(part.index, { type: 'reasoning', text: '' });
      break;
    case 'refusal-start':
      parts.set(part.index, { type: 'refusal', text: '' });
      break;
    case 'tool-call-start':
      parts.set(part.index, { type: 'tool-call', text: '', call: part });
      break;
    case 'media':
      parts.set(part.index, part.part);
      break;
    default:
      if (draft !== undefined) continuePart(draft, part);
  }
}

function continuePart(draft: Draft, part: PlacedPart): void {
  if (part.type === 'tool-call-delta') draft.text += part.input;
  else if ('text' in part) draft.text += part.text;
  if ('logprobs' in part && part.logprobs !== undefined) {
    draft.logprobs = [...(draft.logprobs ?? []), ...part.logprobs];
  }
  if ('citations' in part && part.citations !== undefined) draft.citations = part.citations;
  if ('seal' in part && part.seal !== undefined) draft.seal = part.seal;
}

function toCandidate({ parts, finish }: CandidateDraft): Candidate {
  const inOrder = [...parts].toSorted(([one], [other]) => one - other);
  return { parts: inOrder.map(([, draft]) => toPart(draft)), finish };
}

function toPart(draft: Draft | MediaPart): Part {
  if (draft.type === 'media') return draft;
  const { type, text, logprobs, citations, call } = draft;
  const seal = draft.seal ?? call?.seal;
  const sealed = seal !== undefined && { seal };
  if (call !== undefined) {
    const { id, name, kind } = call;
    return { type: 'tool-call', id, name, kind, input: text, ...sealed };
  }
  if (type === 'reasoning') return { type, text, ...sealed };
  if (type === 'refusal') return { type, text };
  return {
    type: 'text',
    text,
    ...(citations && { citations }),
    ...(logprobs && { logprobs }),
    ...sealed,
  };
}
