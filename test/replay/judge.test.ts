/** The judges are judged: they agree with the official SDKs on the recordings, and they notice what is wrong. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { checkResponsesStream } from '../../packages/conformance/src/judge/grammar/responses-stream.ts';
import {
  type Answer,
  type Candidate,
  formatIds,
} from '../../packages/conformance/src/judge/meaning.ts';
import { parseSse, type SseEvent } from '../../packages/conformance/src/judge/sse.ts';
import { checkMessagesRequest } from './check/anthropic-messages.ts';
import { checkGeminiRequest } from './check/gemini.ts';
import { checkChatRequest } from './check/openai-chat.ts';
import { checkResponsesRequest } from './check/openai-responses.ts';
import { compareAnswers } from './compare.ts';
import { readers } from './formats.ts';
import { frame } from './frame.ts';
import { type JsonObject, objectOf, tryParse } from './json.ts';
import { type AnswerCase, loadCorpus, missingCorpus } from './load.ts';
import { recordedMeaning } from './observe.ts';
import { createReport } from './report.ts';
import { sdks } from './sdk/sdk.ts';
import { translate } from './translate.ts';
import { type ReplayUpstream, startUpstream } from './upstream.ts';

const corpus = loadCorpus();
const report = createReport();
const answers = corpus.answers.filter((answer) => recordedMeaning(answer).error === undefined);
let upstream: ReplayUpstream;

/** What the SDK's own accumulator makes of a recording; undefined: it cannot read that one. */
async function readBySdk({ format, mode, text }: AnswerCase): Promise<Answer | undefined> {
  const type = mode === 'json' ? 'application/json' : 'text/event-stream';
  upstream.answer({ status: 200, headers: { 'content-type': type }, pieces: [Buffer.from(text)] });
  try {
    return await sdks[format].read({
      port: upstream.port,
      model: 'any',
      stream: mode === 'stream',
    });
  } catch {
    return undefined;
  }
}

/** Providers that merely resemble OpenAI write content as lists and reasoning in fields of their own. */
function isPlain({ text }: AnswerCase): boolean {
  return !text.includes('"content":[{"type":"thinking"');
}

function tampered(answer: Answer, change: Partial<Candidate>): Answer {
  const [first, ...rest] = answer.candidates;
  return first === undefined
    ? answer
    : { ...answer, candidates: [{ ...first, ...change }, ...rest] };
}

function isLegal(stream: string): boolean {
  return checkResponsesStream(stream).length === 0;
}

function saidIn(events: readonly SseEvent[]): unknown {
  return readers['openai-responses']
    .readStream(events)
    .candidates.map(({ text, reasoning, refusal, calls }) => ({ text, reasoning, refusal, calls }));
}

function bodyOf({ data }: SseEvent): JsonObject {
  return objectOf(tryParse(data));
}

describe('the judges of the replay', { skip: missingCorpus }, () => {
  before(async () => {
    upstream = await startUpstream();
  });
  after(async () => {
    await upstream.close();
    report.print(import.meta.filename);
  });

  for (const format of formatIds) {
    test(`recorded ${format} answers mean to this folder what they mean to the SDK`, async () => {
      const tally = report.tally('same as sdk', format, format);
      let unread = 0;
      for (const answer of answers.filter((other) => other.format === format && isPlain(other))) {
        const got = await readBySdk(answer);
        if (got === undefined) {
          unread++;
          report.excuse(`the SDK of ${format} cannot read this recording`, answer.id);
          continue;
        }
        const recorded = recordedMeaning(answer);
        const said = ({ text, calls }: Candidate): unknown => ({ text, calls });
        const same =
          JSON.stringify(got.candidates.map(said)) ===
          JSON.stringify(recorded.candidates.map(said));
        tally.add(answer.id, same ? [] : ['text or calls differ']);
      }
      assert.ok(unread < 20, `${unread} recordings could not be read`);
      tally.settle();
    });
  }

  test('every change of an answer is noticed', () => {
    for (const answer of answers) {
      const recorded = recordedMeaning(answer);
      const to = answer.format === 'gemini' ? 'openai-chat' : 'gemini';
      const expected = translate(recorded, answer.format, to);
      const [first] = expected.candidates;
      if (first === undefined || expected.mayFail) continue;
      const [finishWord = ''] = first.finishWords;
      const [refusal = ''] = first.refusals;
      const right: Answer = {
        ...recorded,
        usage:
          recorded.usage === undefined
            ? undefined
            : { ...recorded.usage, cacheWrite: expected.usage?.cacheWrite ?? 0 },
        candidates: expected.candidates.map(({ text, reasoning, calls, finishWords, refusals }) => {
          const [word = ''] = finishWords;
          const [refused = ''] = refusals;
          return {
            codes: [],
            text,
            reasoning,
            calls,
            finishWord: word,
            refusal: refused,
            finish: 'stop',
            explanation: '',
          };
        }),
      };
      assert.deepEqual(compareAnswers(expected, right), [], answer.id);
      const wrong: readonly Answer[] = [
        tampered(right, { text: `${first.text}~` }),
        tampered(right, { reasoning: `${first.reasoning}.` }),
        tampered(right, {
          calls: [...first.calls, { name: 'other', kind: 'function', arguments: {} }],
        }),
        tampered(right, { finishWord: `${finishWord}_` }),
        tampered(right, { refusal: `${refusal}!` }),
        ...first.calls.slice(0, 1).map((call) => {
          const kind = call.kind === 'custom' ? 'function' : 'custom';
          return tampered(right, { calls: [{ ...call, kind }, ...first.calls.slice(1)] });
        }),
        { ...right, candidates: [] },
        { ...right, usage: { input: -1, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 } },
      ];
      for (const [index, other] of wrong.entries()) {
        assert.notEqual(compareAnswers(expected, other).length, 0, `${answer.id}, change ${index}`);
      }
    }
  });

  test('responses streams as OpenAI sends them are legal, and no event but one can be left out', () => {
    const streams = answers.filter(({ format, mode, text }) => {
      return format === 'openai-responses' && mode === 'stream' && isLegal(text);
    });
    assert.ok(streams.length > 50, `${streams.length} recordings are legal`);
    const kinds = ['output_text', 'function_call_arguments', 'reasoning_summary_text'];
    for (const kind of kinds) {
      const texts = streams
        .map(({ text }) => text)
        .filter((text) => text.includes(`${kind}.delta`));
      const [shortest] = texts.toSorted((left, right) => left.length - right.length);
      const events = parseSse(shortest ?? '');
      assert.ok(events.length > 0, kind);
      for (const [left, { event }] of events.entries()) {
        const others = events.filter((_, index) => index !== left);
        const without = frame('openai-responses', others.map(bodyOf));
        assert.equal(
          isLegal(without),
          event === 'response.in_progress',
          `${kind} without ${event}`,
        );
      }
    }
  });

  test('the deltas of responses streams say what their last events repeat', () => {
    for (const { id, format, mode, text } of answers) {
      if (format !== 'openai-responses' || mode !== 'stream' || !isLegal(text)) continue;
      const events = parseSse(text);
      const deltas = events.filter(({ event = '' }) => {
        return event !== 'response.output_item.done' && !/completed|incomplete/.test(event);
      });
      assert.deepEqual(saidIn(deltas), saidIn(events), id);
    }
  });

  test('requests that the providers would refuse are found', () => {
    const user = { role: 'user', content: 'Hi' };
    const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } };
    for (const body of [
      { messages: [user] },
      { model: 'gpt-4o', messages: [] },
      { model: 'gpt-4o', messages: [user], top_k: 1 },
      { model: 'gpt-4o', messages: [{ role: 'user', content: [] }] },
      { model: 'gpt-4o', messages: [user, { role: 'assistant', tool_calls: [call] }, user] },
      { model: 'gpt-4o', messages: [user, { role: 'tool', tool_call_id: 'b', content: '' }] },
      { model: 'gpt-4o', messages: [user], tool_choice: 'auto' },
    ]) {
      assert.notEqual(checkChatRequest(body).length, 0, JSON.stringify(body));
    }
    const called = { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' };
    const message = { type: 'message', ...user };
    const asked = { model: 'gpt-4o', store: false };
    for (const body of [
      { ...asked, input: [] },
      { model: 'gpt-4o', input: [message] },
      { ...asked, input: [message], stop: ['a'] },
      { ...asked, input: [{ type: 'message', role: 'user', content: [] }] },
      { ...asked, input: [message, called] },
      { ...asked, input: [message, called, message] },
      { ...asked, input: [message, { type: 'function_call_output', call_id: 'b', output: '' }] },
      { ...asked, input: [{ type: 'reasoning', summary: [], encrypted_content: 'a' }, message] },
      { ...asked, input: [message], include: ['reasoning.encrypted_content'] },
      { ...asked, input: [message], text: { format: { type: 'json_object' } } },
    ]) {
      assert.notEqual(checkResponsesRequest(body).length, 0, JSON.stringify(body));
    }
    assert.deepEqual(checkResponsesRequest({ ...asked, input: [message] }), []);
    const use = {
      role: 'assistant',
      content: [{ type: 'tool_use', id: 'a', name: 'f', input: {} }],
    };
    for (const body of [
      { model: 'claude', messages: [user] },
      { model: 'claude', max_tokens: 1, messages: [user, user] },
      { model: 'claude', max_tokens: 1, messages: [user, use] },
      { model: 'claude', max_tokens: 1, messages: [user, use, user] },
      { model: 'claude', max_tokens: 1, messages: [{ role: 'user', content: ' ' }] },
      { model: 'claude', max_tokens: 1, messages: [user], temperature: 2 },
    ]) {
      assert.notEqual(checkMessagesRequest(body).length, 0, JSON.stringify(body));
    }
    const content = { role: 'user', parts: [{ text: 'Hi' }] };
    const calling = { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }] };
    for (const body of [
      { contents: [] },
      { contents: [{ role: 'user', parts: [] }] },
      { contents: [content, content] },
      { contents: [content, calling] },
      { contents: [content, calling, content] },
      { contents: [content], generationConfig: { max_tokens: 1 } },
    ]) {
      assert.notEqual(checkGeminiRequest(body, 'gemini-2.5-flash').length, 0, JSON.stringify(body));
    }
  });
});
