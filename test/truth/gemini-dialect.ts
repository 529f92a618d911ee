/** Gemini as the provider of these suites speaks it. */
import { type Dialect, LAST_WORD } from './dialect.ts';
import type { Tokens } from './plan.ts';

export const geminiDialect: Dialect = {
  whole: (tokens) =>
    JSON.stringify({ ...answer(LAST_WORD, 'STOP'), usageMetadata: usageOf(tokens) }),
  start: () => '',
  text: (text) => event(answer(text)),
  finish: '',
  usage: (tokens) => event({ ...answer('', 'STOP'), usageMetadata: usageOf(tokens) }),
  end: '',
  error: event({ error: { code: 503, message: 'broke', status: 'UNAVAILABLE' } }),
};

function answer(text: string, finishReason?: string): object {
  const content = { role: 'model', parts: [{ text }] };
  return {
    candidates: [{ content, index: 0, ...(finishReason === undefined ? {} : { finishReason }) }],
    modelVersion: 'gemini-2.5-flash',
    responseId: 'r1',
  };
}

function usageOf({ fresh, cacheRead, text, reasoning }: Tokens): object {
  return {
    promptTokenCount: fresh + cacheRead,
    ...(cacheRead > 0 ? { cachedContentTokenCount: cacheRead } : {}),
    candidatesTokenCount: text,
    ...(reasoning > 0 ? { thoughtsTokenCount: reasoning } : {}),
    totalTokenCount: fresh + cacheRead + text + reasoning,
  };
}

function event(fields: object): string {
  return `data: ${JSON.stringify(fields)}\n\n`;
}
