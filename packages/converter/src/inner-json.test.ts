/** JSON that a request holds as text is bounded together. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConversionError } from './errors.ts';
import { anthropicMessages, gemini, openaiChat } from './formats/index.ts';
import type { JsonObject } from './json.ts';
import { createTranslator, type Translator } from './translate.ts';

const environment = { newId: (prefix: string) => `${prefix}1`, nowSeconds: () => 0 };

function translate(body: JsonObject, valuesMax: number | undefined): Translator {
  return createTranslator({
    client: openaiChat,
    upstream: anthropicMessages,
    body,
    upstreamModel: 'claude-sonnet-4-5',
    valuesMax,
    environment,
  });
}

/** A history with one call for each of the inputs. */
function history(inputs: readonly string[]): JsonObject {
  const calls = inputs.map((input, index) => ({
    id: `call_${index}`,
    type: 'function',
    function: { name: 'look', arguments: input },
  }));
  const results = calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'done' }));
  return {
    model: 'm',
    messages: [
      { role: 'user', content: 'hi' },
      { role: 'assistant', tool_calls: calls },
      ...results,
    ],
  };
}

function inputOf(values: number): string {
  return JSON.stringify({ list: Array.from({ length: values }, () => ({})) });
}

describe('JSON in the texts of a request', () => {
  it('may hold so many values and no more, all together', () => {
    const inputs = [inputOf(100), inputOf(100), inputOf(100)];
    assert.doesNotThrow(() => translate(history(inputs), 1_000));
    assert.doesNotThrow(() => translate(history(inputs), undefined));
    assert.throws(
      () => translate(history(inputs), 400),
      (cause) => {
        assert.ok(cause instanceof ConversionError);
        const { status, kind, param, message } = cause.error;
        assert.deepEqual([status, kind, param], [413, 'too-large', 'messages[1].tool_calls[1]']);
        assert.match(message, /more than 400 JSON values, together/);
        return true;
      },
    );
  });

  it('may be as long as it likes', () => {
    const long = JSON.stringify({ content: 'let a = [1, 2, {}];\n'.repeat(1_000) });
    assert.doesNotThrow(() => translate(history([long, long]), 20));
  });

  it('is no JSON in plain text and in results', () => {
    const body = history([inputOf(1)]);
    const many = inputOf(1_000);
    const messages = [
      ...(body['messages'] as readonly JsonObject[]),
      { role: 'user', content: many },
    ];
    assert.doesNotThrow(() => translate({ ...body, messages }, 100));
  });

  it('is not looked for in the free text of custom tools, whatever signs it has', () => {
    const patch = "case 'a': return { b: [1, 2] };\n".repeat(2_000);
    const body = history([]);
    const messages = [
      { role: 'user', content: 'hi' },
      {
        role: 'assistant',
        tool_calls: [{ id: 'c', type: 'custom', custom: { name: 'patch', input: patch } }],
      },
      { role: 'tool', tool_call_id: 'c', content: 'done' },
    ];
    assert.doesNotThrow(() => translate({ ...body, messages }, 5_000));
  });

  it('that is none costs no more for its colons than JSON would', () => {
    const code = 'a: b; '.repeat(4_000);
    assert.doesNotThrow(() => translate(history([code]), 5_000));
  });

  it('is counted in what a client of objects sent, too', () => {
    const input = { list: Array.from({ length: 1_000 }, () => 0) };
    const body = {
      model: 'm',
      max_tokens: 9,
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'look', input }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'done' }] },
      ],
    };
    const options = { client: anthropicMessages, upstream: gemini, body, environment };
    assert.throws(() => createTranslator({ ...options, valuesMax: 500 }), /more than 500/);
    assert.doesNotThrow(() => createTranslator({ ...options, valuesMax: 1_100 }));
  });
});
