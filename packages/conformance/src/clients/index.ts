/** The clients that ask, one a format. */
import { anthropicMessages } from './anthropic-messages.ts';
import type { Client } from './client.ts';
import { gemini } from './gemini.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiResponses } from './openai-responses.ts';

export const clients: readonly Client[] = [openaiChat, openaiResponses, anthropicMessages, gemini];
