/** Reads the blocks of a stream into parts; an open block is remembered by its index. */
import type { Citation } from '../../ir/part.ts';
import type { Emit } from '../../ir/stream.ts';
import { isObject, type JsonObject, type JsonValue, stringifyJson } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { decodeCitation } from './citations.ts';
import { dropAnswerBlock, dropDocumentCitations } from './decode-response.ts';
import { genuineSeal } from './seals.ts';

/** To be changed by the functions of this module only. */
export interface Blocks {
  readonly report: Report;
  readonly open: Map<unknown, Open>;
  /** The one that was extended last, which nearly always is the next one to be. */
  latestIndex: unknown;
  latest: Open | undefined;
  /** Parts so far. */
  count: number;
  sawToolCall: boolean;
}

export function createBlocks(report: Report): Blocks {
  return {
    report,
    open: new Map(),
    latestIndex: undefined,
    latest: undefined,
    count: 0,
    sawToolCall: false,
  };
}

/** A `content_block_start`, `content_block_delta` or `content_block_stop`. */
export function pushBlock(blocks: Blocks, event: JsonObject, emit: Emit): void {
  const { type, index, delta, content_block: block } = event;
  if (type === 'content_block_start') {
    end(blocks, index, emit);
    blocks.open.set(index, start(blocks, isObject(block) ? block : {}, emit));
  } else if (type === 'content_block_stop') {
    end(blocks, index, emit);
    blocks.open.delete(index);
  } else if (isObject(delta)) {
    if (blocks.latest === undefined || blocks.latestIndex !== index) {
      blocks.latest = blocks.open.get(index) ?? startedBy(blocks, delta, emit);
      blocks.latestIndex = index;
      blocks.open.set(index, blocks.latest);
    }
    addDelta(blocks.latest, delta, emit);
  }
}

function end(blocks: Blocks, index: unknown, emit: Emit): void {
  const known = blocks.open.get(index);
  blocks.latest = undefined;
  if (known !== undefined) close(blocks, known, emit);
}

export function closeBlocks(blocks: Blocks, emit: Emit): void {
  for (const block of blocks.open.values()) close(blocks, block, emit);
  blocks.latest = undefined;
  blocks.open.clear();
}

/** The stream failed: ends what is open, and says that an open call is no whole one. */
export function cutBlocks(blocks: Blocks, emit: Emit): void {
  for (const block of blocks.open.values()) {
    if (block.kind !== 'tool-call') close(blocks, block, emit);
    else emit({ type: 'tool-call-end', candidate: 0, index: block.index, cut: true });
  }
  blocks.latest = undefined;
  blocks.open.clear();
}

interface OpenText {
  readonly kind: 'text';
  readonly index: number;
  length: number;
  readonly citations: JsonValue[];
}

interface OpenReasoning {
  readonly kind: 'reasoning';
  readonly index: number;
  signature: unknown;
}

interface OpenToolCall {
  readonly kind: 'tool-call';
  readonly index: number;
  /** Some servers give the whole input at the start and no deltas. */
  readonly input: JsonValue | undefined;
  hasInput: boolean;
}

/** A block that has no part: its deltas are not for anybody. */
interface Ignored {
  readonly kind: 'ignored';
}

type Open = OpenText | OpenReasoning | OpenToolCall | Ignored;

function start(state: Blocks, block: JsonObject, emit: Emit): Open {
  switch (block['type']) {
    case 'text':
      return openText(state, block, emit);
    case 'thinking':
      return openReasoning(state, block, emit);
    case 'redacted_thinking':
      return redacted(state, block, emit);
    case 'tool_use':
      return openToolCall(state, block, emit);
    default:
      dropAnswerBlock(block['type'], { path: 'content[]', report: state.report });
      return { kind: 'ignored' };
  }
}

/** Some servers never say that a block starts; what it holds says it as well. */
function startedBy(state: Blocks, delta: JsonObject, emit: Emit): Open {
  if (delta['type'] === 'text_delta') return openText(state, {}, emit);
  if (delta['type'] === 'thinking_delta') return openReasoning(state, {}, emit);
  return { kind: 'ignored' };
}

function openText(state: Blocks, block: JsonObject, emit: Emit): OpenText {
  const { text, citations } = block;
  const open: OpenText = { kind: 'text', index: state.count++, length: 0, citations: [] };
  emit({ type: 'text-start', candidate: 0, index: open.index });
  if (Array.isArray(citations)) open.citations.push(...citations);
  addText(open, text, emit);
  return open;
}

function openReasoning(state: Blocks, block: JsonObject, emit: Emit): OpenReasoning {
  const { signature, thinking } = block;
  const open: OpenReasoning = { kind: 'reasoning', index: state.count++, signature };
  emit({ type: 'reasoning-start', candidate: 0, index: open.index });
  addReasoning(open, thinking, emit);
  return open;
}

function openToolCall(state: Blocks, block: JsonObject, emit: Emit): OpenToolCall {
  const { id, name, input } = block;
  const index = state.count++;
  state.sawToolCall = true;
  emit({
    type: 'tool-call-start',
    candidate: 0,
    index,
    id: typeof id === 'string' ? id : '',
    name: typeof name === 'string' ? name : '',
    kind: 'function',
  });
  return { kind: 'tool-call', index, input, hasInput: false };
}

/** Whole from the beginning. */
function redacted(state: Blocks, block: JsonObject, emit: Emit): Ignored {
  const seal = genuineSeal(block['data'], 'redacted');
  if (seal !== undefined) {
    const index = state.count++;
    emit({ type: 'reasoning-start', candidate: 0, index });
    emit({ type: 'reasoning-end', candidate: 0, index, seal });
  }
  return { kind: 'ignored' };
}

function addDelta(open: Open, delta: JsonObject, emit: Emit): void {
  switch (delta['type']) {
    case 'text_delta':
      if (open.kind === 'text') addText(open, delta['text'], emit);
      return;
    case 'thinking_delta':
      if (open.kind === 'reasoning') addReasoning(open, delta['thinking'], emit);
      return;
    case 'signature_delta':
      // Whole each time, as the provider's own library takes it.
      if (open.kind === 'reasoning') open.signature = delta['signature'];
      return;
    case 'input_json_delta':
      if (open.kind === 'tool-call') addInput(open, delta['partial_json'], emit);
      return;
    case 'citations_delta':
      if (open.kind === 'text') open.citations.push(delta['citation'] ?? null);
      return;
    default:
  }
}

function addText(open: OpenText, text: unknown, emit: Emit): void {
  if (typeof text !== 'string' || text === '') return;
  open.length += text.length;
  emit({ type: 'text-delta', candidate: 0, index: open.index, text });
}

function addReasoning(open: OpenReasoning, text: unknown, emit: Emit): void {
  if (typeof text !== 'string' || text === '') return;
  emit({ type: 'reasoning-delta', candidate: 0, index: open.index, text });
}

function addInput(open: OpenToolCall, input: unknown, emit: Emit): void {
  if (typeof input !== 'string' || input === '') return;
  open.hasInput = true;
  emit({ type: 'tool-call-delta', candidate: 0, index: open.index, input });
}

function close({ report }: Blocks, open: Open, emit: Emit): void {
  switch (open.kind) {
    case 'text': {
      const { citations: wire, index, length } = open;
      const citations: readonly Citation[] = wire.flatMap(
        (citation) => decodeCitation(citation, length) ?? [],
      );
      if (citations.length < wire.length) dropDocumentCitations({ path: 'content[]', report });
      emit({ type: 'text-end', candidate: 0, index, ...(citations.length > 0 && { citations }) });
      return;
    }
    case 'reasoning': {
      const seal = genuineSeal(open.signature, 'signature');
      emit({ type: 'reasoning-end', candidate: 0, index: open.index, ...(seal && { seal }) });
      return;
    }
    case 'tool-call':
      if (!open.hasInput) addInput(open, wholeInput(open.input), emit);
      emit({ type: 'tool-call-end', candidate: 0, index: open.index });
      return;
    case 'ignored':
  }
}

function wholeInput(input: JsonValue | undefined): string {
  if (typeof input === 'string' && input !== '') return input;
  return stringifyJson(isObject(input) ? input : {});
}
