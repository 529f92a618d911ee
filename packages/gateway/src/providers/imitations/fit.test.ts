/** Converted requests as servers that imitate Chat Completions take them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject, Loss } from 'ai-api-converter';
import { openaiCompatible } from '../openai-compatible.ts';

const unknown = 'gpu-box.internal';
const groq = 'api.groq.com';
const mistral = 'api.mistral.ai';
const deepseek = 'api.deepseek.com';

interface Fitted {
  readonly body: JsonObject;
  readonly losses: readonly Loss[];
}

function fit(host: string, fields: JsonObject): Fitted {
  const losses: Loss[] = [];
  const asked = { model: 'some-model', messages: [{ role: 'user', content: 'hi' }], ...fields };
  const body = openaiCompatible.fit?.(asked, host, (loss) => losses.push(loss));
  assert.ok(body);
  return { body, losses };
}

function features({ losses }: Fitted): readonly string[] {
  return losses.map(({ feature, action, effect }) => `${feature} ${action} ${effect}`);
}

function messagesOf({ body }: Fitted): readonly JsonObject[] {
  const { messages } = body;
  assert.ok(Array.isArray(messages));
  return messages;
}

const call = (id: string): JsonObject => ({
  role: 'assistant',
  content: null,
  tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: '{}' } }],
});
const result = (id: string): JsonObject => ({ role: 'tool', tool_call_id: id, content: '1' });
const user = { role: 'user', content: 'hi' };

describe('a server that nobody knows', () => {
  test('gets max_tokens and the system role, which all have', () => {
    const fitted = fit(unknown, {
      max_completion_tokens: 50,
      messages: [{ role: 'developer', content: 'be brief' }, user],
    });
    assert.equal(fitted.body['max_tokens'], 50);
    assert.ok(!('max_completion_tokens' in fitted.body));
    assert.deepEqual(messagesOf(fitted), [{ role: 'system', content: 'be brief' }, user]);
    assert.deepEqual(fitted.losses, []);
  });

  test('gets no field that is OpenAI’s alone, and what is lost is said', () => {
    const fitted = fit(unknown, {
      temperature: 0.5,
      stream: true,
      stream_options: { include_usage: true },
      verbosity: 'low',
      safety_identifier: 'u',
      prompt_cache_key: 'k',
      service_tier: 'auto',
    });
    assert.deepEqual(Object.keys(fitted.body), [
      'model',
      'messages',
      'temperature',
      'stream',
      'stream_options',
    ]);
    assert.deepEqual(features(fitted), [
      'verbosity dropped answer',
      'user dropped hint',
      'prompt-cache-key dropped hint',
      'service-tier dropped hint',
    ]);
  });

  test('gets the nearest effort that open models know', () => {
    const fitted = fit(unknown, { reasoning_effort: 'xhigh' });
    assert.equal(fitted.body['reasoning_effort'], 'high');
    assert.deepEqual(features(fitted), ['reasoning-effort weakened hint']);
    assert.equal(fit(unknown, { reasoning_effort: 'minimal' }).body['reasoning_effort'], 'low');
    assert.equal(fit(unknown, { reasoning_effort: 'none' }).body['reasoning_effort'], 'none');
  });

  test('gets the allowed tools alone, since it cannot choose among some', () => {
    const tool = (name: string): JsonObject => ({ type: 'function', function: { name } });
    const fitted = fit(unknown, {
      tools: [tool('a'), tool('b'), tool('c')],
      tool_choice: {
        type: 'allowed_tools',
        allowed_tools: { mode: 'required', tools: [tool('a'), tool('c')] },
      },
    });
    assert.deepEqual(fitted.body['tools'], [tool('a'), tool('c')]);
    assert.equal(fitted.body['tool_choice'], 'required');
    assert.deepEqual(fitted.losses, []);
  });

  test('is told a refusal as words', () => {
    const fitted = fit(unknown, {
      messages: [user, { role: 'assistant', content: null, refusal: 'I will not.' }, user],
    });
    assert.deepEqual(messagesOf(fitted)[1], { role: 'assistant', content: 'I will not.' });
  });
});

describe('nothing is touched', () => {
  const fields = { max_completion_tokens: 5, verbosity: 'low', reasoning_effort: 'xhigh' };

  test('where nothing has to be', () => {
    const body = { model: 'm', messages: [user], temperature: 1, max_tokens: 5 };
    for (const host of [unknown, groq, 'openrouter.ai', 'api.x.ai']) {
      assert.equal(
        openaiCompatible.fit?.(body, host, () => assert.fail()),
        body,
      );
    }
  });

  test('at OpenAI and Azure, under whatever provider', () => {
    for (const host of ['api.openai.com', 'res.openai.azure.com']) {
      assert.deepEqual(Object.keys(fit(host, fields).body).slice(2), Object.keys(fields));
    }
  });

  test('for OpenAI’s own models behind a proxy, which refuse max_tokens', () => {
    for (const model of ['gpt-5', 'openai/o3-mini']) {
      assert.equal(fit(unknown, { ...fields, model }).body['max_completion_tokens'], 5, model);
    }
    for (const model of ['gpt-oss-120b', 'openai/gpt-oss-20b', 'olmo']) {
      assert.equal(fit(unknown, { ...fields, model }).body['max_tokens'], 5, model);
    }
  });

  test('by a host that only looks like a known one', () => {
    assert.ok(!('random_seed' in fit('api.notmistral.ai', { seed: 1 }).body));
    assert.ok(!('random_seed' in fit('mistral.ai.evil.test', { seed: 1 }).body));
    assert.ok('random_seed' in fit('mistral.ai', { seed: 1 }).body);
  });
});

describe('Groq', () => {
  test('is not sent what it answers with 400', () => {
    const fitted = fit(groq, {
      logprobs: true,
      top_logprobs: 2,
      logit_bias: { 1: 2 },
      n: 2,
      safety_identifier: 'u',
      messages: [
        { ...user, name: 'Ann' },
        { role: 'assistant', content: 'a', reasoning_content: 'b' },
        user,
      ],
    });
    assert.deepEqual(Object.keys(fitted.body).toSorted(), ['messages', 'model', 'user']);
    assert.deepEqual(messagesOf(fitted), [user, { role: 'assistant', content: 'a' }, user]);
    assert.deepEqual(features(fitted).toSorted(), [
      'author-name dropped hint',
      'candidates dropped answer',
      'logit-bias dropped answer',
      'logprobs dropped answer',
      'reasoning-history dropped hint',
      'top-logprobs dropped answer',
    ]);
  });

  test('loses nothing by not being asked for one candidate', () => {
    const fitted = fit(groq, { n: 1, logprobs: false });
    assert.ok(!('n' in fitted.body));
    assert.deepEqual(fitted.losses, []);
  });
});

describe('Mistral', () => {
  test('has its own name for the seed and counts unasked', () => {
    const fitted = fit(mistral, { seed: 7, stream_options: { include_usage: true } });
    assert.deepEqual(Object.keys(fitted.body), ['model', 'messages', 'random_seed']);
    assert.deepEqual(fitted.losses, []);
  });

  test('gets ids of nine letters and digits, by which results find their calls', () => {
    const messages = [user, call('toolu_01A'), result('toolu_01A'), call('abcDEF123')];
    const [, called, answered, own] = messagesOf(fit(mistral, { messages }));
    const { tool_calls: calls } = called ?? {};
    assert.ok(Array.isArray(calls));
    assert.match(calls[0].id, /^[a-zA-Z0-9]{9}$/);
    assert.equal(answered?.['tool_call_id'], calls[0].id);
    assert.equal(own, messages[3]);
  });

  test('hears the assistant between a tool and the user', () => {
    const messages = [user, call('abcDEF123'), result('abcDEF123'), user];
    const fitted = fit(mistral, { messages });
    const roles = messagesOf(fitted).map(({ role }) => role);
    assert.deepEqual(roles, ['user', 'assistant', 'tool', 'assistant', 'user']);
    assert.deepEqual(features(fitted), ['turn-order weakened hint']);
  });
});

describe('DeepSeek', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } };
  const response_format = { type: 'json_schema', json_schema: { name: 'x', schema } };

  test('is asked for a schema in words, since it only knows JSON', () => {
    const system = { role: 'system', content: 'be brief' };
    const fitted = fit(deepseek, { response_format, messages: [system, user] });
    assert.deepEqual(fitted.body['response_format'], { type: 'json_object' });
    const [first, ...others] = messagesOf(fitted);
    const told = first?.['content'];
    assert.ok(typeof told === 'string');
    assert.match(told, /^be brief\n\n.*JSON schema:\n\{"type":"object"/);
    assert.deepEqual(others, [user]);
    assert.deepEqual(features(fitted), ['output-schema weakened answer']);
  });

  test('gets the schema also where there was no system message', () => {
    const [first, second] = messagesOf(fit(deepseek, { response_format }));
    assert.equal(first?.['role'], 'system');
    assert.deepEqual(second, user);
  });

  test('gets reasoning back, or something in its place, unless it is not to reason', () => {
    const said = { role: 'assistant', content: 'a' };
    const thought = { ...said, reasoning_content: 'b' };
    const messages = [user, said, user, thought, user];
    const back = (fields: JsonObject): readonly unknown[] =>
      messagesOf(fit(deepseek, { messages, ...fields })).map((one) => one['reasoning_content']);
    assert.deepEqual(back({}), [undefined, ' ', undefined, 'b', undefined]);
    const off = { reasoning_effort: 'none' };
    assert.deepEqual(back(off), [undefined, undefined, undefined, 'b', undefined]);
    assert.deepEqual(fit(deepseek, off).body['thinking'], { type: 'disabled' });
    assert.ok(!('reasoning_effort' in fit(deepseek, off).body));
  });
});

test('Cerebras gets earlier reasoning under its own name', () => {
  const said = { role: 'assistant', content: 'a', reasoning_content: 'b' };
  const fitted = fit('api.cerebras.ai', {
    messages: [user, said, user],
    max_completion_tokens: 5,
  });
  assert.deepEqual(messagesOf(fitted)[1], { role: 'assistant', content: 'a', reasoning: 'b' });
  assert.deepEqual(fitted.losses, []);
});

test('xAI is not sent what every Grok refuses', () => {
  const fitted = fit('api.x.ai', { stop: ['x'], presence_penalty: 1, max_completion_tokens: 5 });
  assert.deepEqual(Object.keys(fitted.body), ['model', 'messages', 'max_completion_tokens']);
  assert.deepEqual(features(fitted), [
    'stop-sequences dropped answer',
    'presence-penalty dropped answer',
  ]);
});

test('OpenRouter gets all that OpenAI would', () => {
  const fields = { max_completion_tokens: 5, verbosity: 'low', reasoning_effort: 'max' };
  const fitted = fit('openrouter.ai', { ...fields, safety_identifier: 'u' });
  assert.deepEqual(Object.entries(fitted.body).slice(2), Object.entries({ ...fields, user: 'u' }));
});

test('Perplexity hears user and assistant in turn', () => {
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } };
  const messages = [user, user, { role: 'assistant', content: 'a' }, user];
  const [first, ...others] = messagesOf(fit('api.perplexity.ai', { messages }));
  assert.equal(first?.['content'], 'hi\n\nhi');
  assert.equal(others.length, 2);
  const mixed = [user, { role: 'user', content: [image] }];
  const [merged] = messagesOf(fit('api.perplexity.ai', { messages: mixed }));
  assert.deepEqual(merged?.['content'], [{ type: 'text', text: 'hi' }, image]);
});

test('Kimi and GLM are switched off in their own way, and have fewer efforts', () => {
  for (const host of ['api.moonshot.ai', 'api.moonshot.cn', 'api.z.ai', 'open.bigmodel.cn']) {
    assert.deepEqual(fit(host, { reasoning_effort: 'none' }).body['thinking'], {
      type: 'disabled',
    });
    assert.equal(fit(host, { reasoning_effort: 'medium' }).body['reasoning_effort'], 'high');
    assert.equal(fit(host, { reasoning_effort: 'minimal' }).body['reasoning_effort'], 'low');
  }
});

test('Qwen has a switch instead of efforts', () => {
  const host = 'dashscope-intl.aliyuncs.com';
  assert.equal(fit(host, { reasoning_effort: 'none' }).body['enable_thinking'], false);
  const on = fit(host, { reasoning_effort: 'high' });
  assert.equal(on.body['enable_thinking'], true);
  assert.ok(!('reasoning_effort' in on.body));
  assert.deepEqual(features(on), ['reasoning-effort weakened hint']);
});

test('fitting twice changes nothing more', () => {
  const messages = [{ role: 'developer', content: 's' }, user, call('x'), result('x'), user, user];
  for (const host of [unknown, groq, mistral, deepseek, 'api.perplexity.ai', 'api.moonshot.ai']) {
    const { body } = fit(host, { messages, max_completion_tokens: 9, reasoning_effort: 'medium' });
    assert.equal(
      openaiCompatible.fit?.(body, host, () => assert.fail()),
      body,
    );
  }
});
