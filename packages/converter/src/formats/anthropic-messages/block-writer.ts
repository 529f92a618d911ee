/** Writes one part of a streamed answer after the other as blocks, their indexes dense from 0. */
import type { AnswerContext } from '../../format.ts';
import type { Citation, Seal } from '../../ir/part.ts';
import type { AnsweredRequest } from '../../ir/request.ts';
import type { StreamPart } from '../../ir/stream.ts';
import { toolId } from './ids.ts';
import { drop } from './losses.ts';
import { createSealWriter, type SealWriter } from './seals.ts';

export type Write = (text: string) => void;

type Placed = Extract<StreamPart, { readonly index: number }>;
export type PartStart = Extract<Placed, { readonly type: `${string}-start` }>;
export type PartDelta = Extract<Placed, { readonly type: `${string}-delta` }>;
export type PartEnd = Extract<Placed, { readonly type: `${string}-end` }>;

/** A part at a time: the former must have ended before the next starts. */
export interface BlockWriter {
  start(part: PartStart, write: Write): void;
  add(text: string, write: Write): void;
  end(part: PartEnd, write: Write): void;
  /** A block without words, for an answer that would have none. */
  empty(write: Write): void;
  blockCount(): number;
  /** The model called a tool. */
  toolCall(): boolean;
  /** The model declined in its own words. */
  refusal(): boolean;
}

/**
 * The client asked for no thinking, or for none that it can see; signatures travel all the same. Who
 * said nothing (`auto`) is not given any on our asking, but what comes unasked is not withheld.
 */
export function isThinkingHidden({ reasoning }: AnsweredRequest): boolean {
  return reasoning?.mode === 'off' || (reasoning?.mode === 'on' && reasoning.visible === false);
}

export function createBlockWriter(context: AnswerContext): BlockWriter {
  const state: State = {
    context,
    seals: createSealWriter(context.upstreamModel),
    isHidden: isThinkingHidden(context.request),
    blockCount: 0,
    toolCall: false,
    refusal: false,
    kind: undefined,
    isOpen: false,
    hasContent: false,
    isFreeText: false,
    prefix: '',
  };
  return {
    start: (part, write) => startPart(state, part, write),
    add: (text, write) => addText(state, text, write),
    end: (part, write) => endPart(state, part, write),
    empty(write) {
      openBlock(state, emptyText, write);
      closeBlock(state, write);
    },
    blockCount() {
      return state.blockCount;
    },
    toolCall() {
      return state.toolCall;
    },
    refusal() {
      return state.refusal;
    },
  };
}

interface State {
  readonly context: AnswerContext;
  readonly seals: SealWriter;
  readonly isHidden: boolean;
  blockCount: number;
  toolCall: boolean;
  refusal: boolean;
  /** Of the part that is being written. */
  kind: PartStart['type'] | undefined;
  /** Its block has started. Text and thinking wait for their first words, so that none is empty. */
  isOpen: boolean;
  hasContent: boolean;
  /** A call whose input is free text, written as the one string of an object. */
  isFreeText: boolean;
  /** Everything of a delta before its variable part. */
  prefix: string;
}

const blockStart = 'event: content_block_start\ndata: {"type":"content_block_start","index":';
const blockDelta = 'event: content_block_delta\ndata: {"type":"content_block_delta","index":';
const blockStop = 'event: content_block_stop\ndata: {"type":"content_block_stop","index":';

const emptyText = '{"type":"text","text":"","citations":null}';
const emptyThinking = '{"type":"thinking","thinking":"","signature":""}';

const deltaKinds: Readonly<Record<PartStart['type'], string>> = {
  'text-start': '{"type":"text_delta","text":',
  'refusal-start': '{"type":"text_delta","text":',
  'reasoning-start': '{"type":"thinking_delta","thinking":',
  'tool-call-start': '{"type":"input_json_delta","partial_json":',
};

function startPart(state: State, part: PartStart, write: Write): void {
  state.kind = part.type;
  state.isOpen = false;
  state.hasContent = false;
  state.isFreeText = false;
  if (part.type !== 'tool-call-start') return;
  state.toolCall = true;
  if (part.seal !== undefined) writeCarrier(state, state.seals.next(part.seal), write);
  const id = JSON.stringify(toolId(part.id));
  const name = JSON.stringify(part.name);
  const rest = '"input":{},"caller":{"type":"direct"}';
  openBlock(state, `{"type":"tool_use","id":${id},"name":${name},${rest}}`, write);
  if (part.kind !== 'custom') return;
  addText(state, '{"input":"', write);
  state.isFreeText = true;
}

function addText(state: State, text: string, write: Write): void {
  const { kind } = state;
  if (text === '' || (state.isHidden && kind === 'reasoning-start')) return;
  if (!state.isOpen) {
    state.refusal ||= kind === 'refusal-start';
    openBlock(state, kind === 'reasoning-start' ? emptyThinking : emptyText, write);
  }
  state.hasContent = true;
  const piece = state.isFreeText ? JSON.stringify(text).slice(1, -1) : text;
  write(`${state.prefix}${JSON.stringify(piece)}}}\n\n`);
}

function endPart(state: State, part: PartEnd, write: Write): void {
  switch (part.type) {
    case 'text-end':
      if (state.isOpen) closeBlock(state, write);
      if (part.seal !== undefined) writeCarrier(state, state.seals.previous(part.seal), write);
      reportCitations(part.citations, state.context);
      return;
    case 'refusal-end':
      if (state.isOpen) closeBlock(state, write);
      return;
    case 'reasoning-end':
      endReasoning(state, part.seal, write);
      return;
    case 'tool-call-end':
      endInput(state, write);
      closeBlock(state, write);
  }
}

function endInput(state: State, write: Write): void {
  const isFreeText = state.isFreeText;
  state.isFreeText = false;
  if (isFreeText) addText(state, '"}', write);
  else if (!state.hasContent) addText(state, '{}', write);
}

function endReasoning(state: State, seal: Seal | undefined, write: Write): void {
  if (!state.isOpen && seal === undefined) return;
  const signature = state.seals.self(seal);
  if (!state.isOpen && seal?.kind === 'redacted') {
    const data = JSON.stringify(signature);
    openBlock(state, `{"type":"redacted_thinking","data":${data}}`, write);
    return closeBlock(state, write);
  }
  if (!state.isOpen) return writeCarrier(state, signature, write);
  writeSignature(state, signature, write);
  closeBlock(state, write);
}

/** A block that is there for its signature alone. */
function writeCarrier(state: State, signature: string, write: Write): void {
  openBlock(state, emptyThinking, write);
  writeSignature(state, signature, write);
  closeBlock(state, write);
}

function openBlock(state: State, block: string, write: Write): void {
  const index = state.blockCount++;
  state.isOpen = true;
  state.prefix = `${blockDelta}${index},"delta":${deltaKinds[state.kind ?? 'text-start']}`;
  write(`${blockStart}${index},"content_block":${block}}\n\n`);
}

function writeSignature(state: State, signature: string, write: Write): void {
  const delta = `{"type":"signature_delta","signature":${JSON.stringify(signature)}}`;
  write(`${blockDelta}${state.blockCount - 1},"delta":${delta}}\n\n`);
}

function closeBlock(state: State, write: Write): void {
  state.isOpen = false;
  write(`${blockStop}${state.blockCount - 1}}\n\n`);
}

/** A citation needs a value that only the provider's own search can make. */
export function reportCitations(
  citations: readonly Citation[] | undefined,
  { report }: AnswerContext,
): void {
  if (citations === undefined || citations.length === 0) return;
  drop({ path: 'content[].citations', report }, { feature: 'citations', effect: 'hint' });
}

export function reportCandidates({ report }: AnswerContext): void {
  drop(
    { path: 'content', report },
    {
      feature: 'candidates',
      effect: 'answer',
      detail: 'answers of this format are one; the first was kept',
    },
  );
}

export function reportMedia({ report }: AnswerContext): void {
  drop(
    { path: 'content[]', report },
    {
      feature: 'generated-media',
      effect: 'answer',
      detail: 'answers of this format hold no pictures and no sound',
    },
  );
}
