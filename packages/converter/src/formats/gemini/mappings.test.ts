import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FinishReason } from '../../ir/response.ts';
import type { JsonObject } from '../../json.ts';
import { decodeFinish, decodeUsage, encodeFinish, encodeUsage, finishNameOf } from './mappings.ts';
import { plain } from './testing/exchange.ts';

function reason(raw: string | undefined, hasToolCall = false): FinishReason {
  return decodeFinish({ raw, message: undefined, hasToolCall }).reason;
}

function usage(wire: JsonObject): unknown {
  return plain(decodeUsage(wire) ?? null);
}

test('every reason of Gemini has a neutral one', () => {
  assert.equal(reason('STOP'), 'stop');
  assert.equal(reason('MAX_TOKENS'), 'length');
  assert.equal(reason('CONTINUATION'), 'length');
  for (const raw of [
    'SAFETY',
    'RECITATION',
    'LANGUAGE',
    'BLOCKLIST',
    'PROHIBITED_CONTENT',
    'SPII',
  ]) {
    assert.equal(reason(raw), 'content-filter', raw);
  }
  for (const raw of ['IMAGE_SAFETY', 'IMAGE_OTHER', 'MODEL_ARMOR', 'ESCALATION']) {
    assert.equal(reason(raw), 'content-filter', raw);
  }
  for (const raw of ['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'MALFORMED_RESPONSE']) {
    assert.equal(reason(raw), 'malformed-tool-call', raw);
  }
  for (const raw of ['OTHER', 'NO_IMAGE', 'FINISH_REASON_UNSPECIFIED', 'constructor']) {
    assert.equal(reason(raw), 'other', raw);
  }
});

test('Portkey#1534: a call turns a normal stop into tool calls, and nothing else', () => {
  assert.equal(reason('STOP', true), 'tool-calls');
  assert.equal(reason(undefined, true), 'tool-calls');
  assert.equal(reason('MAX_TOKENS', true), 'length');
  assert.equal(reason('SAFETY', true), 'content-filter');
});

test('reasons may be numbers', () => {
  assert.equal(finishNameOf(1), 'STOP');
  assert.equal(finishNameOf(2), 'MAX_TOKENS');
  assert.equal(finishNameOf(99), 'OTHER');
  assert.equal(finishNameOf(null), undefined);
  assert.equal(finishNameOf(''), undefined);
});

test('the upstream’s own word is kept where it is one of Gemini’s with that meaning', () => {
  assert.equal(encodeFinish({ reason: 'content-filter', raw: 'RECITATION' }), 'RECITATION');
  assert.equal(encodeFinish({ reason: 'content-filter', raw: 'refusal' }), 'SAFETY');
  assert.equal(encodeFinish({ reason: 'tool-calls', raw: 'tool_use' }), 'STOP');
  assert.equal(encodeFinish({ reason: 'stop-sequence', raw: 'stop_sequence' }), 'STOP');
  assert.equal(encodeFinish({ reason: 'context-length' }), 'MAX_TOKENS');
  assert.equal(encodeFinish({ reason: 'length', raw: 'CONTINUATION' }), 'MAX_TOKENS');
  assert.equal(encodeFinish({ reason: 'pause', raw: 'pause_turn' }), 'STOP');
  assert.equal(encodeFinish({ reason: 'malformed-tool-call' }), 'MALFORMED_FUNCTION_CALL');
  assert.equal(encodeFinish({ reason: 'other' }), 'OTHER');
});

test('CLIProxyAPI#1643: cached tokens are part of the prompt, those of tools are not', () => {
  assert.deepEqual(
    usage({
      promptTokenCount: 100,
      cachedContentTokenCount: 60,
      toolUsePromptTokenCount: 10,
      candidatesTokenCount: '20',
      thoughtsTokenCount: 30,
      totalTokenCount: 160,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 90 },
        { modality: 'AUDIO', tokenCount: 10 },
      ],
    }),
    { fresh: 50, cacheRead: 60, text: 20, reasoning: 30, audioInput: 10 },
  );
});

test('counts never go below nothing, and missing ones follow from the total', () => {
  assert.deepEqual(usage({ promptTokenCount: 5, cachedContentTokenCount: 9 }), {
    fresh: 0,
    cacheRead: 9,
    text: 0,
  });
  assert.deepEqual(usage({ promptTokenCount: 5, thoughtsTokenCount: 3, totalTokenCount: 12 }), {
    fresh: 5,
    text: 4,
    reasoning: 3,
  });
  assert.deepEqual(usage({ promptTokenCount: 5, totalTokenCount: 3 }), { fresh: 5, text: 0 });
  assert.equal(decodeUsage(null), undefined);
});

test('llm-rosetta: missing counts are no obstacle', () => {
  assert.deepEqual(usage({}), { fresh: 0, text: 0 });
  assert.deepEqual(usage({ promptTokenCount: null, candidatesTokenCount: null }), {
    fresh: 0,
    text: 0,
  });
});

test('no sound is no detail', () => {
  const wire = encodeUsage({ fresh: 1, text: 8, audioInput: 0, audioOutput: 0 });
  assert.deepEqual(plain(wire), {
    promptTokenCount: 1,
    candidatesTokenCount: 8,
    totalTokenCount: 9,
  });
});

test('what is written adds up', () => {
  const wire = encodeUsage({ fresh: 1, cacheRead: 2, cacheWrite: 4, text: 8, reasoning: 16 });
  assert.deepEqual(plain(wire), {
    promptTokenCount: 7,
    cachedContentTokenCount: 2,
    candidatesTokenCount: 8,
    thoughtsTokenCount: 16,
    totalTokenCount: 31,
  });
});
