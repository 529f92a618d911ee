/** Every wire format that this library speaks. */
import type { Format } from '../format.ts';
import { anthropicMessages } from './anthropic-messages/index.ts';
import { gemini } from './gemini/index.ts';
import { openaiChat } from './openai-chat/index.ts';

export const formats: readonly Format[] = [openaiChat, anthropicMessages, gemini];

export { anthropicMessages, gemini, openaiChat };
