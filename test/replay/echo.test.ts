/** What a provider must get back with the next turn survives clients of other formats, which echo what they got. */
import { after, before, describe, test } from 'node:test';
import { assemble } from './assemble.ts';
import { cannedAnswer } from './canned.ts';
import { plainBody, send } from './client.ts';
import { askFor, type Harness, layOut, startHarness } from './harness.ts';
import { type Json, type JsonObject, objectOf, objectsOf, textOf, tryParse } from './json.ts';
import { type AnswerCase, loadCorpus, missingCorpus } from './load.ts';
import { type FormatId, formatIds } from './meaning.ts';
import { collectProblems, shown } from './problems.ts';
import { createReport } from './report.ts';

const corpus = loadCorpus();
const report = createReport();
let harness: Harness;

/** The next request of a client that appends the answer as it came and answers its calls. */
function nextBody(format: FormatId, answer: JsonObject): JsonObject {
  const first = plainBody(format);
  if (format === 'gemini') {
    const content = objectOf(objectsOf(answer['candidates'])[0]?.['content']);
    const results = objectsOf(content['parts'])
      .map((part) => part['functionCall'])
      .filter((call) => call !== undefined)
      .map((call) => {
        const { id, name } = objectOf(call);
        return {
          functionResponse: {
            ...(id === undefined ? {} : { id }),
            name,
            response: { output: 'ok' },
          },
        };
      });
    const parts: Json = results.length > 0 ? (results as Json) : [{ text: 'Go on' }];
    return {
      ...first,
      contents: [...objectsOf(first['contents']), content, { role: 'user', parts }],
    };
  }
  const messages = objectsOf(first['messages']);
  if (format === 'anthropic-messages') {
    const content = objectsOf(answer['content']);
    const results = content
      .filter(({ type }) => type === 'tool_use')
      .map(({ id }) => ({ type: 'tool_result', tool_use_id: id ?? null, content: 'ok' }));
    const reply = results.length > 0 ? results : 'Go on';
    return {
      ...first,
      messages: [...messages, { role: 'assistant', content }, { role: 'user', content: reply }],
    };
  }
  const message = objectOf(objectsOf(answer['choices'])[0]?.['message']);
  const results = objectsOf(message['tool_calls']).map(({ id }) => {
    return { role: 'tool', tool_call_id: id ?? null, content: 'ok' };
  });
  const reply = results.length > 0 ? results : [{ role: 'user', content: 'Go on' }];
  return { ...first, messages: [...messages, message, ...reply] };
}

/** Opaque data in the order in which it stands, with the text that it vouches for. */
function sealsOf(format: FormatId, turn: JsonObject): readonly string[] {
  if (format === 'gemini') {
    return objectsOf(turn['parts']).flatMap((part) => {
      // Signatures of the provider's own tools stay with their parts, which no other client sees.
      const seen = part['text'] !== undefined || part['functionCall'] !== undefined;
      const { thoughtSignature: signature } = part;
      return seen && typeof signature === 'string' ? [signature] : [];
    });
  }
  return objectsOf(turn['content']).flatMap((block) => {
    if (block['type'] === 'redacted_thinking') return [textOf(block['data'])];
    if (block['type'] !== 'thinking') return [];
    return [`${textOf(block['signature'])} ${textOf(block['thinking'])}`];
  });
}

function sealsIn({ format, mode, text }: AnswerCase): readonly string[] {
  const body = mode === 'json' ? objectOf(tryParse(text)) : assemble(format, text);
  return sealsOf(
    format,
    format === 'gemini' ? objectOf(objectsOf(body['candidates'])[0]?.['content']) : body,
  );
}

async function judge(answer: AnswerCase, to: FormatId): Promise<readonly string[]> {
  layOut(harness, answer);
  const ask = askFor(answer, to);
  const reply = await send(harness.port, ask);
  const text = reply.bytes.toString('utf8');
  const got = ask.stream ? assemble(to, text) : objectOf(tryParse(text));
  harness.upstream.answer(cannedAnswer(answer.format, ask.stream));
  harness.upstream.take();
  await send(harness.port, { ...ask, body: nextBody(to, got) });
  const [received] = harness.upstream.take();
  const body = objectOf(tryParse(received?.body.toString('utf8') ?? ''));
  const turns = objectsOf(body['contents'] ?? body['messages']);
  const turn = turns.find(({ role }) => role === 'model' || role === 'assistant') ?? {};
  const problems = collectProblems();
  const expected = sealsIn(answer);
  const arrived = sealsOf(answer.format, turn);
  problems.expect(
    shown(arrived) === shown(expected) && arrived.join() === expected.join(),
    `expected ${shown(expected)}, arrived ${shown(arrived)}`,
  );
  return problems.found;
}

describe('continuity data', { skip: missingCorpus }, () => {
  before(async () => {
    harness = await startHarness();
  });
  after(async () => {
    await harness.close();
    report.print(import.meta.filename);
  });

  for (const from of ['anthropic-messages', 'gemini'] as const) {
    for (const to of formatIds.filter((format) => format !== from)) {
      for (const mode of ['json', 'stream'] as const) {
        test(`signatures of ${from} come back through ${to} clients (${mode})`, async () => {
          const tally = report.tally(`echo ${mode}`, from, to);
          for (const answer of corpus.answers) {
            if (answer.format !== from || answer.mode !== mode) continue;
            if (sealsIn(answer).length > 0) tally.add(answer.id, await judge(answer, to));
          }
          tally.settle();
        });
      }
    }
  }
});
