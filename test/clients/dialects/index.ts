/** The dialects of the four formats. */
import { anthropicMessages } from './anthropic.ts';
import type { Dialect } from './dialect.ts';
import { gemini } from './gemini.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiResponses } from './openai-responses.ts';

export const dialects = {
  'anthropic-messages': anthropicMessages,
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  gemini,
} as const satisfies { readonly [format: string]: Dialect };

export type UpstreamFormat = keyof typeof dialects;
