/** The judges are judged: they agree with the official SDKs on the recordings, and they notice what is wrong. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { checkMessagesRequest } from './check/anthropic-messages.ts';
import { checkGeminiRequest } from './check/gemini.ts';
import { checkChatRequest } from './check/openai-chat.ts';
import { compareAnswers } from './compare.ts';
import { type AnswerCase, loadCorpus, missingCorpus } from './load.ts';
import { type Answer, type Candidate, formatIds } from './meaning.ts';
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
        tampered(right, { calls: [...first.calls, { name: 'other', arguments: {} }] }),
        tampered(right, { finishWord: `${finishWord}_` }),
        tampered(right, { refusal: `${refusal}!` }),
        { ...right, candidates: [] },
        { ...right, usage: { input: -1, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 } },
      ];
      for (const [index, other] of wrong.entries()) {
        assert.notEqual(compareAnswers(expected, other).length, 0, `${answer.id}, change ${index}`);
      }
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
