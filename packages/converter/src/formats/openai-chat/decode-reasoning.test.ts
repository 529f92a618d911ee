import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { writeEnvelope } from '../../envelope.ts';
import type { Part, Seal } from '../../ir/part.ts';
import type { JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { createLedger, decoded, features } from './testing/exchange.ts';

function assistant(message: JsonObject, report?: Report): readonly Part[] {
  const messages = [{ role: 'assistant', ...message }];
  return decoded({ messages }, report).turns[0]?.parts ?? [];
}

const text: Part = { type: 'text', text: 'Blue.' };
const claude: Seal = {
  format: 'anthropic-messages',
  model: 'claude-opus-5',
  kind: 'signature',
  data: 'c2ln',
};
const redacted: Seal = { ...claude, kind: 'redacted', data: 'cmVk' };
const google: Seal = { format: 'gemini', model: 'gemini-3-pro', kind: 'signature', data: 'Z29v' };

function entry(seal: Seal | undefined, textLength: number): JsonObject {
  const signature = writeEnvelope({ binding: 'self', seal, textLength });
  return { type: 'reasoning.text', signature };
}

describe('reasoning of the history', () => {
  for (const field of ['reasoning_content', 'reasoning']) {
    test(`stands in ${field}`, () => {
      const parts = assistant({ content: 'Blue.', [field]: 'hm' });
      assert.deepEqual(parts, [{ type: 'reasoning', text: 'hm' }, text]);
    });
  }

  test('of Mistral stands among the content', () => {
    const thinking = [{ type: 'text', text: 'hm' }];
    const content = [
      { type: 'thinking', thinking },
      { type: 'text', text: 'Blue.' },
    ];
    assert.deepEqual(assistant({ content }), [{ type: 'reasoning', text: 'hm' }, text]);
  });

  test('of LiteLLM stands in blocks of Anthropic’s', () => {
    const thinking_blocks = [
      { type: 'thinking', thinking: 'hm', signature: 'c2ln' },
      { type: 'redacted_thinking', data: 'cmVk' },
    ];
    const { model: _claude, ...own } = claude;
    const { model: _redacted, ...ownRedacted } = redacted;
    assert.deepEqual(assistant({ content: 'Blue.', reasoning_content: 'hm', thinking_blocks }), [
      { type: 'reasoning', text: 'hm', seal: own },
      { type: 'reasoning', text: '', seal: ownRedacted },
      text,
    ]);
  });

  test('of OpenRouter is put together again, and sealed for its maker', () => {
    const format = 'anthropic-claude-v1';
    const reasoning_details = [
      { type: 'reasoning.text', text: 'h', format, index: 0 },
      { type: 'reasoning.text', text: 'm', format, index: 0 },
      { type: 'reasoning.text', signature: 'c2ln', format, index: 0 },
      { type: 'reasoning.encrypted', data: 'cmVk', format, index: 1 },
    ];
    const parts = assistant({ content: 'Blue.', reasoning: 'hm', reasoning_details });
    assert.deepEqual(parts, [
      {
        type: 'reasoning',
        text: 'hm',
        seal: { format: 'anthropic-messages', kind: 'signature', data: 'c2ln' },
      },
      {
        type: 'reasoning',
        text: '',
        seal: { format: 'anthropic-messages', kind: 'redacted', data: 'cmVk' },
      },
      text,
    ]);
  });

  test('of OpenRouter that Google signed seals the call that it names', () => {
    const call = (id: string): JsonObject => ({
      id,
      type: 'function',
      function: { name: 'look', arguments: '{}' },
    });
    const reasoning_details = [
      { type: 'reasoning.text', text: 'hm', format: 'google-gemini-v1', index: 0 },
      { type: 'reasoning.encrypted', data: 'Z29v', format: 'google-gemini-v1', id: 'b', index: 1 },
    ];
    const parts = assistant({ tool_calls: [call('a'), call('b')], reasoning_details });
    const seal = { format: 'gemini', kind: 'signature', data: 'Z29v' };
    assert.deepEqual(parts, [
      { type: 'reasoning', text: 'hm' },
      { type: 'tool-call', id: 'a', name: 'look', kind: 'function', input: '{}' },
      { type: 'tool-call', id: 'b', name: 'look', kind: 'function', input: '{}', seal },
    ]);
  });

  test('of OpenRouter that nobody here can use loses its seal, not its text', () => {
    const ledger = createLedger();
    const format = 'openai-responses-v1';
    const reasoning_details = [
      { type: 'reasoning.summary', summary: 'hm', format, index: 0 },
      { type: 'reasoning.encrypted', data: 'gAAA', format, index: 1 },
    ];
    const parts = assistant({ content: 'Blue.', reasoning_details }, ledger.report);
    assert.deepEqual(parts, [{ type: 'reasoning', text: 'hm' }, text]);
    assert.deepEqual(features(ledger), ['reasoning-signature']);
  });
});

describe('our own envelopes', () => {
  test('cut the text into what each of them seals', () => {
    const data = writeEnvelope({ binding: 'self', seal: redacted, textLength: 0 });
    const parts = assistant({
      content: 'Blue.',
      reasoning_content: 'onetwothree',
      reasoning_details: [
        entry(claude, 3),
        entry(undefined, 3),
        { type: 'reasoning.encrypted', data },
        entry(claude, 5),
      ],
    });
    assert.deepEqual(parts, [
      { type: 'reasoning', text: 'one', seal: claude },
      { type: 'reasoning', text: 'two' },
      { type: 'reasoning', text: '', seal: redacted },
      { type: 'reasoning', text: 'three', seal: claude },
      text,
    ]);
  });

  test('no longer count when the text was changed, or they were', () => {
    const damaged = { type: 'reasoning.text', signature: `${writeEnvelope({ binding: 'self' })}x` };
    for (const details of [[entry(claude, 5)], [entry(claude, 3), damaged]]) {
      const ledger = createLedger();
      const message = { content: 'Blue.', reasoning_content: 'one', reasoning_details: details };
      const parts = assistant(message, ledger.report);
      assert.deepEqual(parts, [{ type: 'reasoning', text: 'one' }, text]);
      assert.deepEqual(
        ledger.losses.map(({ feature, reason }) => [feature, reason]),
        [['reasoning-signature', 'invalid']],
      );
    }
  });

  test('that belong to the text go there', () => {
    const data = writeEnvelope({ binding: 'previous', seal: google });
    const reasoning_details = [{ type: 'reasoning.encrypted', data }];
    const parts = assistant({ content: 'Blue.', reasoning_content: 'hm', reasoning_details });
    assert.deepEqual(parts, [
      { type: 'reasoning', text: 'hm' },
      { ...text, seal: google },
    ]);
    assert.deepEqual(assistant({ content: '', reasoning_details }), [
      { type: 'text', text: '', seal: google },
    ]);
  });

  test('and genuine values on a tool call are its seal', () => {
    const call = (thought_signature: string): JsonObject => ({
      id: 'a',
      type: 'function',
      function: { name: 'look', arguments: '{}' },
      extra_content: { google: { thought_signature } },
    });
    const envelope = writeEnvelope({ binding: 'self', seal: google });
    const tool_calls = [call(envelope), call('Z29v'), call(writeEnvelope({ binding: 'self' }))];
    const seals = assistant({ tool_calls }).map((part) => ('seal' in part ? part.seal : undefined));
    assert.deepEqual(seals, [
      google,
      { format: 'gemini', kind: 'signature', data: 'Z29v' },
      undefined,
    ]);
  });
});
