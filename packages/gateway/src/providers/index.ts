/** Every provider that the gateway can reach. */
import type { Provider } from '../model/exchange.ts';
import { anthropic } from './anthropic.ts';
import { gemini } from './gemini.ts';
import { openai } from './openai.ts';

export const providers: readonly Provider[] = [openai, anthropic, gemini];
