/** The vendors' own libraries for JavaScript with providers of every format. */
import { describeClients } from './scenes/suite.ts';
import { anthropicSdk } from './sdks/anthropic.ts';
import { geminiSdk } from './sdks/gemini.ts';
import { openaiChatSdk } from './sdks/openai-chat.ts';
import { openaiResponsesSdk } from './sdks/openai-responses.ts';

describeClients('the official SDKs', {
  ids: ['openai-chat', 'openai-responses', 'anthropic', 'gemini'],
  clients: [openaiChatSdk, openaiResponsesSdk, anthropicSdk, geminiSdk],
});
