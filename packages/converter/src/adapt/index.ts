/**
 * Fits a neutral request to what the target model can do, and notes what answers must be told back.
 *
 * Pure: the request is not changed, and what needs no change is handed on as it is.
 */
import type { ChatRequest } from '../ir/request.ts';
import type { Report } from '../loss.ts';
import { adaptCache } from './cache.ts';
import { capabilitiesFor } from './capabilities.ts';
import type { Adapted, Rule, Situation, Target } from './contract.ts';
import { adaptLimits } from './limits.ts';
import { adaptMedia } from './media.ts';
import { adaptOutput } from './output.ts';
import { adaptPrefill } from './prefill.ts';
import { adaptReasoning, askForSeals } from './reasoning.ts';
import { adaptSampling } from './sampling.ts';
import { dropForeignSeals, substituteSeals } from './seals.ts';
import { adaptSystem, placeSystem } from './system.ts';
import { adaptToolChoice } from './tool-choice.ts';
import { pairTools } from './tool-pairs.ts';
import { adaptTools } from './tools.ts';
import { adaptTurns } from './turns.ts';

export type { Adapted, Target } from './contract.ts';

/**
 * Each rule may rely on those before it: what is reported by place comes while turns still stand
 * where the client put them; output may add a tool and force it; that bears on reasoning, which
 * takes its share of the bound on tokens and bears on sampling.
 */
const rules: readonly Rule[] = [
  dropForeignSeals,
  adaptSystem,
  pairTools,
  adaptTools,
  adaptMedia,
  adaptTurns,
  adaptOutput,
  adaptToolChoice,
  adaptLimits,
  adaptReasoning,
  askForSeals,
  adaptSampling,
  adaptPrefill,
  substituteSeals,
  placeSystem,
  adaptCache,
];

/** Throws ConversionError for what the target cannot do and must not be dropped. */
export function adapt(request: ChatRequest, target: Target, report: Report): Adapted {
  const situation: Situation = {
    target,
    can: capabilitiesFor(target),
    report,
    restoration: {
      toolNames: new Map(),
      customTools: new Set(),
      wrappedTools: new Set(),
      outputTool: undefined,
    },
  };
  let adapted = request;
  for (const rule of rules) adapted = rule(adapted, situation);
  return { request: adapted, restoration: situation.restoration };
}
