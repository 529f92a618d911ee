/** Which whole answers are passed on, and which are failures in disguise. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  anthropicMessages,
  createTranslator,
  type Format,
  gemini,
  openaiChat,
} from 'ai-api-converter';
import { GatewayError } from '../model/errors.ts';
import { errorOf, UpstreamRefusal } from './failure.ts';
import { passedAnswer, translatedAnswer, type WholeAnswer } from './whole-answer.ts';

const chat = {
  id: 'chatcmpl-1',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};

function pass(body: string, format: Format = openaiChat): WholeAnswer {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'x-request-id': 'r1' };
  return passedAnswer({ status: 200, headers, body: Buffer.from(body) }, format.upstream);
}

/** What a client would be told. */
function failing(body: string, format: Format = openaiChat): { status: number; cause: unknown } {
  try {
    pass(body, format);
  } catch (cause) {
    return { status: errorOf(cause).status, cause };
  }
  return assert.fail('passed');
}

describe('an answer that passes through', () => {
  const bodies = [
    { name: 'an answer', body: JSON.stringify(chat) },
    { name: 'one with spaces around', body: `\n ${JSON.stringify(chat, undefined, 2)}\r\n` },
    { name: 'one after many empty lines', body: '\n'.repeat(500) + JSON.stringify(chat) },
    { name: 'one without an error', body: JSON.stringify({ error: null, ...chat }) },
    { name: 'one that speaks of errors', body: JSON.stringify({ ...chat, id: '"error":{' }) },
    { name: 'one with digits that a double cannot hold', body: '{"id":12345678901234567890.10}' },
  ];
  for (const { name, body } of bodies) {
    it(`is ${name}, byte for byte`, () => {
      const answer = pass(body);
      assert.equal(Buffer.from(answer.body).toString(), body);
      assert.equal(answer.contentType, 'application/json; charset=utf-8');
      assert.deepEqual(answer.losses, []);
    });
  }

  it('has its usage read', () => {
    const { usage } = pass(JSON.stringify(chat));
    assert.equal(usage?.fresh, 3);
    assert.equal(usage?.text, 2);
  });

  const broken = [
    { name: 'nothing', body: '' },
    { name: 'spaces', body: ' \n'.repeat(50) },
    { name: 'a page', body: '<html>hello</html>' },
    { name: 'words', body: 'ok' },
    { name: 'cut', body: JSON.stringify(chat).slice(0, -9) },
    { name: 'a broken error', body: '{"error":{"message":}}' },
  ];
  for (const { name, body } of broken) {
    it(`is none when it is ${name}`, () => {
      const { status, cause } = failing(body);
      assert.equal(status, 502);
      assert.ok(cause instanceof GatewayError);
      assert.equal(cause.code, 'upstream-invalid-response');
    });
  }

  const errors: readonly {
    readonly format: Format;
    readonly body: unknown;
    readonly status: number;
  }[] = [
    { format: openaiChat, body: { error: { message: 'slow', code: 429 } }, status: 429 },
    { format: openaiChat, body: { error: 'out of order' }, status: 502 },
    {
      format: openaiChat,
      body: {
        error: { message: 'no', type: 'invalid_request_error', code: 'context_length_exceeded' },
      },
      status: 400,
    },
    {
      format: anthropicMessages,
      body: { type: 'error', error: { type: 'overloaded_error', message: 'busy' } },
      status: 529,
    },
    {
      format: gemini,
      body: { error: { code: 503, status: 'UNAVAILABLE', message: 'busy' } },
      status: 503,
    },
    {
      format: gemini,
      body: [{ error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'slow' } }],
      status: 429,
    },
  ];
  for (const { format, body, status } of errors) {
    it(`is the error ${status} that ${format.id} says in ${JSON.stringify(body)}`, () => {
      const found = failing(JSON.stringify(body), format);
      assert.equal(found.status, status);
      assert.ok(found.cause instanceof UpstreamRefusal);
      assert.equal(found.cause.headers['x-request-id'], 'r1');
    });
  }
});

describe('an answer that is converted', () => {
  function translate(body: string): WholeAnswer {
    const translator = createTranslator({
      client: anthropicMessages,
      upstream: openaiChat,
      body: { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] },
      call: {},
      upstreamModel: 'gpt-4o',
      environment: { newId: (prefix) => `${prefix}1`, nowSeconds: () => 0 },
    });
    return translatedAnswer({ status: 200, headers: {}, body: Buffer.from(body) }, translator);
  }

  it('is JSON in the format of the client', () => {
    const { status, contentType, body, usage } = translate(JSON.stringify(chat));
    assert.equal(status, 200);
    assert.equal(contentType, 'application/json');
    assert.match(Buffer.from(body).toString(), /"type":"message".*"text":"hello"/);
    assert.equal(usage?.text, 2);
  });

  const failures: readonly (readonly [string, string, number])[] = [
    ['is broken', JSON.stringify(chat).slice(0, -9), 502],
    ['is no object', '[]', 502],
    ['is a page', '<html>hello</html>', 502],
    ['is empty', '', 502],
    ['holds no choices', '{}', 502],
    ['is an error', '{"error":{"message":"slow","code":429}}', 429],
  ];
  for (const [name, body, status] of failures) {
    it(`is none when what came ${name}`, () => {
      assert.throws(
        () => translate(body),
        (cause) => errorOf(cause).status === status,
      );
    });
  }
});
