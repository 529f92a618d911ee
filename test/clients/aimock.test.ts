/** A provider that others have written, in every format, behind the gateway: the official SDKs get what it says. */
import { after, before, describe, it } from 'node:test';
import { libraries } from './catalogue.ts';
import { turnTokens } from './dialects/dialect.ts';
import { installKit, type Load, type LoadedModule } from './install.ts';
import { kits } from './pins.ts';
import { features } from './scenes/features.ts';
import { prompts, said, tool } from './scenes/scenes.ts';
import { startTheatreBefore, type Theatre, upstreamFormats } from './scenes/theatre.ts';
import { anthropicSdk } from './sdks/anthropic.ts';
import { geminiSdk } from './sdks/gemini.ts';
import { openaiChatSdk } from './sdks/openai-chat.ts';
import { openaiResponsesSdk } from './sdks/openai-responses.ts';

const { load, missing } = await installKit(kits.aimock);
const clients = [openaiChatSdk, openaiResponsesSdk, anthropicSdk, geminiSdk];
const tried = ['text', 'stream', 'usage', 'tools', 'streamed tools', 'schema'] as const;

/** It says the same as our own providers do, in two pieces. */
async function startMock(load: Load): Promise<LoadedModule> {
  const { LLMock } = await load('@copilotkit/aimock');
  const mock = new LLMock({ port: 0, chunkSize: Math.ceil(said.hello.length / 2) });
  const { input, output } = turnTokens;
  const usage = {
    prompt_tokens: input,
    completion_tokens: output,
    input_tokens: input,
    output_tokens: output,
    promptTokenCount: input,
    candidatesTokenCount: output,
    total_tokens: input + output,
    totalTokenCount: input + output,
  };
  mock.onMessage(prompts.hello, { content: said.hello, usage });
  mock.onMessage(prompts.schema, { content: JSON.stringify(said.schema) });
  mock.on(
    { userMessage: prompts.weather, hasToolResult: false },
    {
      toolCalls: ['Paris', 'Rome'].map((city) => ({
        name: tool.name,
        arguments: JSON.stringify({ city }),
      })),
    },
  );
  mock.on({ userMessage: prompts.weather, hasToolResult: true }, { content: said.weather });
  await mock.start();
  return mock;
}

describe('aimock as the provider', { skip: missing ?? false }, () => {
  let mock: LoadedModule;
  let theatre: Theatre;
  before(async () => {
    if (load === undefined) return;
    mock = await startMock(load);
    theatre = await startTheatreBefore({
      'openai-chat': `${mock.url}/v1`,
      'openai-responses': `${mock.url}/v1`,
      'anthropic-messages': mock.url,
      gemini: mock.url,
    });
  });
  after(async () => {
    await theatre.close();
    await mock.stop();
  });
  for (const client of clients)
    for (const format of upstreamFormats)
      it(`${libraries[client.id]} works with its ${format}`, async () => {
        const stage = theatre.stage(client, format);
        for (const feature of tried) await features[feature](stage);
      });
});
