/** OpenAI's two APIs, wherever its own models are hosted, and which of them a request takes. */
import { type Format, needsResponses, openaiChat, openaiResponses } from 'ai-api-converter';
import type { FormatWish } from '../../model/provider.ts';

export const openAiFormats = [openaiChat, openaiResponses] as const;

export function openAiFormatFor({ format, model, request }: FormatWish): Format | undefined {
  return format === openaiChat && needsResponses(model, request) ? openaiResponses : undefined;
}

/** Behind the base of the API. */
export function openAiPath(format: Format): string {
  return format === openaiResponses ? '/responses' : '/chat/completions';
}
