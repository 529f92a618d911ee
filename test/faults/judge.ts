/** Says of an answer whether it is whole, failed honestly, or lies: by its dialect and by its marks. */
import {
  checkMessagesError,
  checkMessagesStream,
} from '../../packages/conformance/src/judge/grammar/anthropic-messages.ts';
import {
  checkGeminiError,
  checkGeminiStream,
} from '../../packages/conformance/src/judge/grammar/gemini.ts';
import {
  checkChatError,
  checkChatStream,
} from '../../packages/conformance/src/judge/grammar/openai-chat.ts';
import { parseSse, type SseEvent } from '../../packages/conformance/src/judge/sse.ts';
import {
  isObject,
  type Json,
  type JsonObject,
  objectOf,
  objectsOf,
  textOf,
  tryParse,
} from '../replay/json.ts';
import type { FormatId } from './dialects.ts';
import { type MarkedReading, readMarks } from './marks.ts';
import type { Received } from './stream-client.ts';

export interface Verdict {
  /**
   * `whole`: its own good end, and all of its text. `failed`: begun, then exactly one error event and
   * no good end. `refused`: an HTTP error before anything else. `wrong`: none of these; see `problems`.
   */
  readonly end: 'whole' | 'failed' | 'refused' | 'wrong';
  readonly marks: MarkedReading;
  /** The error that the client was told of. */
  readonly error: string | undefined;
  /** Whether the very last word of the dialect came, such as `[DONE]`. */
  readonly hasLastWord: boolean;
  /** Broken pieces of events that a client would be handed: an upstream was cut in the middle of one. */
  readonly fragments: number;
  readonly problems: readonly string[];
}

export interface Allowance {
  /** Unreadable events that the upstream itself sent. */
  readonly malformedEvents?: number;
}

/** What one event of a stream says, in whatever dialect. */
interface Said {
  readonly text: string;
  readonly error: string | undefined;
  /** The model is done. */
  readonly finish: boolean;
  readonly lastWord: boolean;
  readonly isReadable: boolean;
}

const silence: Said = {
  text: '',
  error: undefined,
  finish: false,
  lastWord: false,
  isReadable: true,
};

export function judge(received: Received, allowance: Allowance = {}): Verdict {
  if (received.status !== 200) return judgeRefusal(received);
  if (received.framing === undefined) return judgeWhole(received);
  const said = saidIn(received);
  const problems: string[] = [];
  if (received.end !== 'complete') problems.push(`the connection ended ${received.end}`);
  const errors = said.filter(({ error }) => error !== undefined);
  const hasFinish = said.some(({ finish }) => finish);
  const hasLastWord = said.some(({ lastWord }) => lastWord);
  const unreadable = said.filter(({ isReadable }) => !isReadable);
  const marks = readMarks(said.map(({ text }) => text).join(''));
  problems.push(...marks.problems, ...orderProblems(said));
  const failed = errors.length > 0;
  if (errors.length > 1) problems.push(`${errors.length} error events`);
  if (failed && hasLastWord) problems.push('both an error event and a good end');
  if (!failed && !hasFinish) problems.push('silently cut: neither an error event nor a good end');
  if (!failed && marks.count !== marks.total) {
    problems.push(`silently cut: a good end after ${marks.count} of ${marks.total} events`);
  }
  const allowed = (allowance.malformedEvents ?? 0) + (failed ? 1 : 0);
  if (unreadable.length > allowed) problems.push(`${unreadable.length} unreadable events`);
  if (problems.length === 0 && !failed && unreadable.length === 0 && hasLastWord) {
    problems.push(...grammarProblems(received));
  }
  return {
    end: problems.length > 0 ? 'wrong' : failed ? 'failed' : 'whole',
    marks,
    error: errors[0]?.error,
    hasLastWord,
    fragments: unreadable.length,
    problems,
  };
}

/** Nothing follows an error or the last word; a broken piece stands directly before the error. */
function orderProblems(said: readonly Said[]): readonly string[] {
  const last = said.findIndex(({ error, lastWord }) => error !== undefined || lastWord);
  if (last === -1 || last === said.length - 1) return [];
  return [`${said.length - 1 - last} events after the end`];
}

function judgeRefusal(received: Received): Verdict {
  const { status, end, text, format } = received;
  const body = tryParse(text);
  const problems = [...errorChecks[format](status, body)];
  if (end !== 'complete') problems.push(`the connection ended ${end} with status ${status}`);
  if (status < 400) problems.push(`status ${status}`);
  return {
    end: problems.length === 0 ? 'refused' : 'wrong',
    marks: readMarks(''),
    error: textOf(objectOf(objectOf(body)['error'])['message']),
    hasLastWord: false,
    fragments: 0,
    problems,
  };
}

function judgeWhole(received: Received): Verdict {
  const body = objectOf(tryParse(received.text));
  const marks = readMarks(textsOf(received.format, body).join(''));
  const problems = [...marks.problems];
  if (received.end !== 'complete') problems.push(`the connection ended ${received.end}`);
  if (marks.count === 0 || marks.count !== marks.total) {
    problems.push(`silently cut: ${marks.count} of ${marks.total} events`);
  }
  const end = problems.length === 0 ? 'whole' : 'wrong';
  return { end, marks, error: undefined, hasLastWord: true, fragments: 0, problems };
}

/** The text of a whole answer. */
function textsOf(format: FormatId, body: JsonObject): readonly string[] {
  if (format === 'openai-chat') {
    return objectsOf(body['choices']).map((choice) =>
      textOf(objectOf(choice['message'])['content']),
    );
  }
  if (format === 'anthropic-messages') {
    return objectsOf(body['content']).map((block) => textOf(block['text']));
  }
  return geminiTexts(body);
}

function geminiTexts(body: JsonObject): readonly string[] {
  return objectsOf(body['candidates'])
    .flatMap((candidate) => objectsOf(objectOf(candidate['content'])['parts']))
    .map((part) => textOf(part['text']));
}

function saidIn({ format, framing, text }: Received): readonly Said[] {
  if (framing === 'json-array') return saidInArray(text);
  // What no blank line ends is no event: readers throw it away.
  const ended = text.replace(/\r\n?/g, '\n');
  const whole = ended.slice(0, ended.lastIndexOf('\n\n') + 2);
  return parseSse(whole).map((event) => readers[format](event));
}

/** A stream that was cut inside an element is no JSON any more; its last words can be read all the same. */
function saidInArray(text: string): readonly Said[] {
  const body = tryParse(text);
  if (Array.isArray(body)) return body.map((element) => readGeminiChunk(element));
  const elements = text
    .replace(/^\[/, '')
    .replace(/\]\s*$/, '')
    .split(',\r\n');
  return elements.map((element) => readGeminiChunk(tryParse(element.replace(/,?\s*$/, ''))));
}

const unreadable: Said = { ...silence, isReadable: false };

const readers: { readonly [format in FormatId]: (event: SseEvent) => Said } = {
  'openai-chat'({ data }) {
    if (data === '[DONE]') return { ...silence, lastWord: true };
    const chunk = tryParse(data);
    if (!isObject(chunk)) return unreadable;
    if (isObject(chunk['error'])) return { ...silence, error: textOf(chunk['error']['message']) };
    const choices = objectsOf(chunk['choices']);
    return {
      ...silence,
      text: choices.map((choice) => textOf(objectOf(choice['delta'])['content'])).join(''),
      finish: choices.some((choice) => typeof choice['finish_reason'] === 'string'),
    };
  },
  'anthropic-messages'({ event, data }) {
    const body = tryParse(data);
    if (!isObject(body)) return unreadable;
    if (event !== body['type']) return { ...silence, isReadable: false };
    if (event === 'error') return { ...silence, error: textOf(objectOf(body['error'])['message']) };
    const delta = objectOf(body['delta']);
    return {
      ...silence,
      text: textOf(delta['text']),
      finish: typeof delta['stop_reason'] === 'string',
      lastWord: event === 'message_stop',
    };
  },
  gemini: ({ data }) => readGeminiChunk(tryParse(data)),
};

function readGeminiChunk(body: Json | undefined): Said {
  if (!isObject(body)) return unreadable;
  if (isObject(body['error'])) return { ...silence, error: textOf(body['error']['message']) };
  const finish = objectsOf(body['candidates']).some(
    (candidate) => typeof candidate['finishReason'] === 'string',
  );
  return { ...silence, text: geminiTexts(body).join(''), finish, lastWord: finish };
}

function grammarProblems({ format, framing, text }: Received): readonly string[] {
  return framing === 'sse' ? streamChecks[format](text) : [];
}

const streamChecks: { readonly [format in FormatId]: (text: string) => readonly string[] } = {
  'openai-chat': checkChatStream,
  'anthropic-messages': checkMessagesStream,
  gemini: checkGeminiStream,
};

type ErrorCheck = (status: number, body: Json | undefined) => readonly string[];

const errorChecks: { readonly [format in FormatId]: ErrorCheck } = {
  'openai-chat': checkChatError,
  'anthropic-messages': checkMessagesError,
  gemini: checkGeminiError,
};
