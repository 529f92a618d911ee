/** The lists of simulated providers, as each vendor's own library reads them. */
import assert from 'node:assert/strict';
import { afterEach, it } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { DEMO_KEY, type SimulatedProvider, startProvider, type Vendor } from './provider.ts';

let provider: SimulatedProvider | undefined;
afterEach(() => provider?.close());

async function namesIn(list: AsyncIterable<{ id?: string; name?: string }>): Promise<string[]> {
  const names: string[] = [];
  for await (const { id, name } of list) names.push(id ?? name ?? '');
  return names;
}

const readers: { readonly [vendor in Vendor]: (url: string) => Promise<string[]> } = {
  openai: (url) =>
    namesIn(new OpenAI({ apiKey: DEMO_KEY, baseURL: `${url}/v1`, maxRetries: 0 }).models.list()),
  anthropic: (baseURL) =>
    namesIn(new Anthropic({ apiKey: DEMO_KEY, baseURL, maxRetries: 0 }).models.list()),
  async gemini(baseUrl) {
    const client = new GoogleGenAI({ apiKey: DEMO_KEY, httpOptions: { baseUrl } });
    const names = await namesIn(await client.models.list());
    return names.map((name) => name.replace('models/', ''));
  },
};

for (const vendor of ['openai', 'anthropic', 'gemini'] as const)
  it(`of ${vendor} has all that it simulates`, async () => {
    provider = await startProvider(vendor, { models: ['one-more'] });
    assert.deepEqual(await readers[vendor](provider.url), provider.models);
  });

it('is for the right key alone', async () => {
  provider = await startProvider('openai');
  const client = new OpenAI({ apiKey: 'wrong', baseURL: `${provider.url}/v1`, maxRetries: 0 });
  await assert.rejects(namesIn(client.models.list()), OpenAI.AuthenticationError);
});
