/** What the gateway says would happen to a request: it asks nobody. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { type Fleet, sail } from './fleet.ts';
import { json } from './scripted-upstream.ts';
import { post } from './setup.ts';

type Json = { readonly [key: string]: unknown };

describe('an explanation', () => {
  let fleet: Fleet | undefined;
  afterEach(async () => {
    await fleet?.close();
    fleet = undefined;
  });

  async function explain(question: Json): Promise<Json> {
    fleet ??= await sail({
      channels: {
        claude: { provider: 'anthropic', answers: json({}, 500) },
        openai: { answers: json({}, 500) },
        google: { provider: 'gemini', answers: json({}, 500) },
      },
      routes: [
        {
          models: ['search'],
          channels: ['claude', 'openai'],
          rewrite: { openai: 'text-embedding-3-small' },
        },
      ],
    });
    const answer = await post(`${fleet.metricsUrl}/admin/explain`, question);
    return (await answer.json()) as Json;
  }

  const question = { path: '/v1/embeddings', model: 'text-embedding-3-small' };

  it('of embeddings tells where they would go, and how', async () => {
    const { format, choice, upstream } = await explain(question);
    assert.equal((format as Json)['id'], 'openai-chat');
    assert.equal(choice, 'openai');
    const { url, isConverted } = upstream as Json;
    assert.match(String(url), /\/embeddings$/);
    assert.equal(isConverted, false);
  });

  for (const method of ['embedContent', 'batchEmbedContents'])
    it(`of Gemini’s ${method} at a model of OpenAI’s tells that it would be converted`, async () => {
      const path = `/v1beta/models/text-embedding-3-small:${method}`;
      const { choice, upstream } = await explain({ path });
      assert.equal(choice, 'openai');
      assert.equal((upstream as Json)['isConverted'], true);
    });

  it('passes over a channel that cannot be asked for this, as a request does, and says why', async () => {
    const { candidates, choice, refusal } = await explain({ ...question, model: 'search' });
    const [claude, openai] = candidates as readonly Json[];
    assert.match(String(claude?.['state']), /^passed over: .*makes no embeddings/);
    assert.equal(openai?.['state'], 'ready');
    assert.equal(choice, 'openai');
    assert.equal(refusal, undefined);
  });

  it('names the models that make embeddings where the one that was named does not', async () => {
    const { choice, refusal } = await explain({ ...question, model: 'claude-sonnet-4-5' });
    assert.equal(choice, undefined);
    const { status, message } = refusal as Json;
    assert.equal(status, 400);
    assert.match(String(message), /such as text-embedding-3-small or gemini-embedding-001/);
  });

  it('is not given of what is served beside generations and embeddings, which it says', async () => {
    for (const path of ['/v1/images/generations', '/v1/messages/count_tokens', '/v1/models']) {
      const { error } = await explain({ path, model: 'gpt-4o' });
      assert.match(String(error), /^\/v1\/\w+.* tells of generations and embeddings only/);
    }
  });

  it('asks nobody', async () => {
    await explain(question);
    assert.deepEqual(fleet?.asked(), { claude: 0, openai: 0, google: 0 });
  });
});
