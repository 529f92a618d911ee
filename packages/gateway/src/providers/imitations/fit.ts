/** Fits a converted request to an imitation of Chat Completions, one concern a step. */
import type { JsonObject, Report } from 'ai-api-converter';
import { fitFields } from './fields.ts';
import type { Imitation } from './imitation.ts';
import { fitMessages } from './messages.ts';
import { fitOutput } from './output.ts';
import { fitReasoning } from './reasoning.ts';
import { fitToolChoice } from './tool-choice.ts';

/** Returns the same object when there is nothing to fit. */
export function fitTo(imitation: Imitation, body: JsonObject, report: Report): JsonObject {
  const named = fitFields(imitation, body, report);
  const messages = fitMessages(imitation, named, report);
  const reasoning = fitReasoning(imitation, messages, report);
  return fitToolChoice(fitOutput(imitation, reasoning, report));
}
