/** Every provider that the gateway can reach. */
import type { Provider } from '../model/provider.ts';
import { anthropic } from './anthropic.ts';
import { azureOpenai } from './azure-openai.ts';
import { gemini } from './gemini.ts';
import { openai } from './openai.ts';
import { openaiCompatible } from './openai-compatible.ts';

export const providers: readonly Provider[] = [
  openai,
  anthropic,
  gemini,
  openaiCompatible,
  azureOpenai,
];
