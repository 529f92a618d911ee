/** How the lists of each vendor look. */
import type { Format } from 'ai-api-converter';
import type { ListDialect } from '../listed.ts';
import { anthropic } from './anthropic.ts';
import { gemini } from './gemini.ts';
import { openai } from './openai.ts';

const dialects: readonly ListDialect[] = [openai, anthropic, gemini];

export function dialectOf({ id }: Format): ListDialect {
  return dialects.find(({ formats }) => formats.includes(id)) ?? openai;
}
