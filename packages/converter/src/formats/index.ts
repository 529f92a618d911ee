/** Every wire format that this library speaks. */
import type { Format } from '../format.ts';
import { anthropicMessages } from './anthropic-messages/index.ts';
import { gemini } from './gemini/index.ts';
import { openaiChat } from './openai-chat/index.ts';
import { openaiResponses } from './openai-responses/index.ts';

export const formats: readonly Format[] = [openaiChat, openaiResponses, anthropicMessages, gemini];

export { anthropicMessages, gemini, openaiChat, openaiResponses };
