/** Reads the meaning of generateContent answers. */
import {
  type Json,
  type JsonObject,
  listOf,
  numberOf,
  objectOf,
  objectsOf,
  textOf,
  tryParse,
  wordOf,
} from '../json.ts';
import type { Answer, Call, Candidate, Failure, Finish, Usage } from '../meaning.ts';
import type { SseEvent } from '../sse.ts';
import { addPartialArgs, argumentsOf, type PartialCall } from './partial-args.ts';

interface Draft {
  text: string;
  reasoning: string;
  finishWord: string;
  explanation: string;
  readonly calls: Call[];
  readonly codes: string[];
  /** A call whose arguments still arrive. */
  open: PartialCall | undefined;
}

export function readGeminiAnswer(body: JsonObject): Answer {
  return readGeminiChunks([body]);
}

export function readGeminiStream(events: readonly SseEvent[]): Answer {
  return readGeminiChunks(events.map(({ data }) => objectOf(tryParse(data))));
}

/** Parts are increments; the last report of usage is the total. */
export function readGeminiChunks(chunks: readonly JsonObject[]): Answer {
  const drafts = new Map<number, Draft>();
  let usage: Usage | undefined;
  let error: Failure | undefined;
  let block: JsonObject | undefined;
  for (const chunk of chunks) {
    error ??= failureOf(chunk);
    usage = usageOf(objectOf(chunk['usageMetadata'])) ?? usage;
    const feedback = objectOf(chunk['promptFeedback']);
    if (textOf(feedback['blockReason']) !== '') block = feedback;
    for (const wire of objectsOf(chunk['candidates'])) addCandidate(drafts, wire);
  }
  const candidates = [...drafts.entries()]
    .toSorted(([left], [right]) => left - right)
    .map(([, draft]) => candidateOf(draft));
  if (candidates.length === 0 && block !== undefined) candidates.push(blocked(block));
  return { candidates, usage, error };
}

function addCandidate(drafts: Map<number, Draft>, wire: JsonObject): void {
  const index = numberOf(wire['index']) ?? 0;
  const draft = drafts.get(index) ?? {
    text: '',
    reasoning: '',
    finishWord: '',
    explanation: '',
    calls: [],
    codes: [],
    open: undefined,
  };
  drafts.set(index, draft);
  for (const part of objectsOf(objectOf(wire['content'])['parts'])) addPart(draft, part);
  draft.finishWord = textOf(wire['finishReason']) || draft.finishWord;
  draft.explanation = textOf(wire['finishMessage']) || draft.explanation;
}

/** Code that the provider ran, its tools and media are no text. */
function addPart(draft: Draft, part: JsonObject): void {
  if (part['thought'] === true) draft.reasoning += textOf(part['text']);
  else draft.text += textOf(part['text']);
  draft.codes.push(textOf(objectOf(part['executableCode'])['code']));
  const { outcome, output } = objectOf(part['codeExecutionResult']);
  draft.codes.push(textOf(output), `${textOf(outcome)}\n${textOf(output)}`);
  if (part['functionCall'] === undefined) return;
  addCall(draft, objectOf(part['functionCall']));
}

/** A name that "will continue" opens a call; what follows without a name belongs to it. */
function addCall(draft: Draft, call: JsonObject): void {
  const name = textOf(call['name']);
  if (name !== '') {
    closeCall(draft);
    draft.open = { name, values: new Map() };
  }
  if (draft.open === undefined) return;
  addPartialArgs(draft.open, call);
  if (call['willContinue'] === true) return;
  if (call['args'] !== undefined) {
    draft.open = undefined;
    draft.calls.push({ name, kind: 'function', arguments: call['args'] });
  }
  closeCall(draft);
}

function closeCall(draft: Draft): void {
  const { open } = draft;
  if (open !== undefined) {
    draft.calls.push({ name: open.name, kind: 'function', arguments: argumentsOf(open) });
  }
  draft.open = undefined;
}

function candidateOf(draft: Draft): Candidate {
  closeCall(draft);
  const { text, reasoning, finishWord, explanation, calls } = draft;
  const codes = draft.codes.filter((code) => code.trim() !== '');
  const finish = finishOf(finishWord, calls.length > 0);
  return { text, reasoning, refusal: '', calls, codes, finish, finishWord, explanation };
}

function blocked(feedback: JsonObject): Candidate {
  return {
    text: '',
    reasoning: '',
    refusal: '',
    calls: [],
    codes: [],
    finish: 'content-filter',
    finishWord: textOf(feedback['blockReason']),
    explanation: textOf(feedback['blockReasonMessage']),
  };
}

const filters: ReadonlySet<string> = new Set([
  'SAFETY',
  'RECITATION',
  'LANGUAGE',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'MODEL_ARMOR',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_RECITATION',
  'IMAGE_OTHER',
]);

function finishOf(word: string, called: boolean): Finish {
  if (word === '') return 'missing';
  if (word === 'STOP') return called ? 'tool-calls' : 'stop';
  if (word === 'MAX_TOKENS') return 'length';
  if (filters.has(word)) return 'content-filter';
  return /TOOL_CALL|MALFORMED/.test(word) ? 'malformed' : 'other';
}

function usageOf(wire: JsonObject): Usage | undefined {
  const prompt = numberOf(wire['promptTokenCount']);
  if (prompt === undefined) return undefined;
  const thoughts = numberOf(wire['thoughtsTokenCount']) ?? 0;
  return {
    input: prompt + (numberOf(wire['toolUsePromptTokenCount']) ?? 0),
    cacheRead: numberOf(wire['cachedContentTokenCount']) ?? 0,
    cacheWrite: 0,
    output: (numberOf(wire['candidatesTokenCount']) ?? 0) + thoughts,
    reasoning: thoughts,
  };
}

export function failureOf(body: Json | undefined): Failure | undefined {
  const wire = Array.isArray(body) ? objectOf(listOf(body)[0]) : objectOf(body);
  if (wire['error'] === undefined) return undefined;
  const { status, message, code } = objectOf(wire['error']);
  return { type: textOf(status), message: textOf(message), code: wordOf(code) };
}
