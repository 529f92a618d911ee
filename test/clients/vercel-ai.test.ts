/** Vercel's `ai` with providers of every format. */
import { installKit } from './install.ts';
import { kits } from './pins.ts';
import { describeClients } from './scenes/suite.ts';
import { vercelAiClients } from './sdks/vercel-ai.ts';

const { load, missing } = await installKit(kits.vercelAi);

describeClients('Vercel AI SDK', {
  ids: ['ai-openai-chat', 'ai-openai-responses', 'ai-openai-unstored', 'ai-anthropic', 'ai-google'],
  missing,
  clients: load === undefined ? [] : await vercelAiClients(load),
});
