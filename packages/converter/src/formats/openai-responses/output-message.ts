/** A message of an answer: each of its content parts is a part of text or of refusal. */

import { compact } from '../../compact.ts';
import type { Citation, TokenLogprob } from '../../ir/part.ts';
import type { Emit } from '../../ir/stream.ts';
import type { JsonObject } from '../../json.ts';
import { filledIn, numberIn, objectIn, objectsIn } from '../../openai/lenient.ts';
import { createOffsetCounter, type OffsetCounter } from '../../openai/offsets.ts';
import { logprobsFromWire } from './mappings.ts';
import { CANDIDATE, eventName, type ItemDecoder, type OutputPlace } from './output-part.ts';
import { sealOfPhase } from './phase.ts';

interface Content {
  kind: 'text' | 'refusal' | undefined;
  /** Undefined until something was said: empty content is none. */
  index: number | undefined;
  isClosed: boolean;
  readonly counter: OffsetCounter;
  readonly annotations: JsonObject[];
}

interface State {
  readonly place: OutputPlace;
  readonly contents: Map<number, Content>;
  item: JsonObject;
}

export function createMessageDecoder(item: JsonObject, place: OutputPlace): ItemDecoder {
  const state: State = { place, contents: new Map(), item };
  const close = (emit: Emit): void => {
    for (const content of state.contents.values()) closeContent(content, state, emit);
  };
  return {
    push: (event, emit) => takeEvent(event, state, emit),
    done(whole, emit) {
      state.item = whole;
      for (const [position, part] of objectsIn(whole, 'content').entries()) {
        wholeContent(part, contentAt(position, state), { state, emit });
      }
      close(emit);
    },
    close,
    cut: close,
  };
}

function contentAt(position: number, { contents }: State): Content {
  const known = contents.get(position);
  if (known !== undefined) return known;
  const created: Content = {
    kind: undefined,
    index: undefined,
    isClosed: false,
    counter: createOffsetCounter(),
    annotations: [],
  };
  contents.set(position, created);
  return created;
}

function takeEvent(event: JsonObject, state: State, emit: Emit): void {
  const content = contentAt(numberIn(event, 'content_index') ?? 0, state);
  switch (eventName(event)) {
    case 'output_text.delta':
      return say(
        { text: filledIn(event, 'delta') ?? '', logprobs: logprobsFromWire(event) },
        content,
        { state, emit },
      );
    case 'refusal.delta':
      return refuse(filledIn(event, 'delta') ?? '', content, { state, emit });
    case 'output_text.annotation.added':
      content.annotations.push(objectIn(event, 'annotation') ?? {});
      return;
    case 'output_text.done':
      if (content.index === undefined) {
        say({ text: filledIn(event, 'text') ?? '' }, content, { state, emit });
      }
      return;
    case 'refusal.done':
      if (content.index === undefined) {
        refuse(filledIn(event, 'refusal') ?? '', content, { state, emit });
      }
      return;
    case 'content_part.done':
      return wholeContent(objectIn(event, 'part') ?? {}, content, { state, emit });
    default:
  }
}

interface Sink {
  readonly state: State;
  readonly emit: Emit;
}

function open(kind: 'text' | 'refusal', content: Content, { state, emit }: Sink): number {
  if (content.index !== undefined) return content.index;
  content.kind = kind;
  content.index = state.place.takeIndex();
  emit({ type: `${kind}-start`, candidate: CANDIDATE, index: content.index });
  return content.index;
}

function say(
  said: { readonly text: string; readonly logprobs?: readonly TokenLogprob[] | undefined },
  content: Content,
  sink: Sink,
): void {
  const { text, logprobs } = said;
  if (content.isClosed || content.kind === 'refusal') return;
  if (text === '' && logprobs === undefined) return;
  const index = open('text', content, sink);
  content.counter.add(text);
  if (logprobs === undefined) {
    sink.emit({ type: 'text-delta', candidate: CANDIDATE, index, text });
  } else sink.emit({ type: 'text-delta', candidate: CANDIDATE, index, text, logprobs });
}

function refuse(text: string, content: Content, sink: Sink): void {
  if (text === '' || content.isClosed || content.kind === 'text') return;
  const index = open('refusal', content, sink);
  sink.emit({ type: 'refusal-delta', candidate: CANDIDATE, index, text });
}

/** What deltas have said already is not said again, whatever stands in the whole. */
function wholeContent(part: JsonObject, content: Content, sink: Sink): void {
  if (content.isClosed) return;
  const type = filledIn(part, 'type') ?? '';
  const isNew = content.index === undefined;
  if (type === 'output_text' || type === 'text') {
    const logprobs = logprobsFromWire(part);
    if (isNew) say({ text: filledIn(part, 'text') ?? '', logprobs }, content, sink);
    const annotations = objectsIn(part, 'annotations');
    if (annotations.length > 0) content.annotations.splice(0, Infinity, ...annotations);
  } else if (type === 'refusal') {
    if (isNew) refuse(filledIn(part, 'refusal') ?? '', content, sink);
  } else if (type !== '') reportUnknown(type, sink.state);
  closeContent(content, sink.state, sink.emit);
}

function reportUnknown(type: string, { place }: State): void {
  place.report({
    feature: 'content-part',
    path: 'output[].content',
    action: 'dropped',
    reason: 'unknown',
    effect: 'answer',
    detail: `a content part of type "${type}" is not known`,
  });
}

function closeContent(content: Content, state: State, emit: Emit): void {
  const { kind, index, isClosed } = content;
  content.isClosed = true;
  if (isClosed || index === undefined) return;
  if (kind === 'refusal') return emit({ type: 'refusal-end', candidate: CANDIDATE, index });
  const citations = citationsOf(content, state);
  emit(
    compact({
      type: 'text-end' as const,
      candidate: CANDIDATE,
      index,
      citations: citations.length === 0 ? undefined : citations,
      seal: sealOfPhase(state.item),
    }),
  );
}

function citationsOf(content: Content, { place }: State): readonly Citation[] {
  const citations: Citation[] = [];
  let lost = 0;
  for (const annotation of content.annotations) {
    const url = filledIn(annotation, 'url');
    if (annotation['type'] !== 'url_citation' || url === undefined) lost++;
    else {
      const title = filledIn(annotation, 'title');
      citations.push(compact({ url, title, ...citedRange(annotation, content.counter) }));
    }
  }
  if (lost > 0) {
    place.report({
      feature: 'file-citation',
      path: 'output[].content[].annotations',
      action: 'dropped',
      reason: 'unsupported',
      effect: 'hint',
      detail: `${lost} sources are files at the provider, which the client cannot open`,
    });
  }
  return citations;
}

/** Several servers write zeros, or nothing, for "unknown". */
function citedRange(
  annotation: JsonObject,
  counter: OffsetCounter,
): { readonly start?: number; readonly end?: number } {
  const first = numberIn(annotation, 'start_index');
  const last = numberIn(annotation, 'end_index');
  if (first === undefined || last === undefined || first < 0 || last <= first) return {};
  const start = counter.unitsAt(first);
  const end = counter.unitsAt(last);
  return end > counter.units() ? {} : { start, end };
}
