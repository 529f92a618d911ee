/** Which of OpenAI's two APIs a request has to take: some models, and some wishes, Responses alone serves. */
import type { ChatRequest, ReasoningRequest } from '../ir/request.ts';
import { capabilitiesOf } from './capabilities.ts';

/** OpenAI's pages of these models name no other endpoint. */
const RESPONSES_ONLY =
  /^(?:o1-pro|o3-pro|o3-deep-research|o4-mini-deep-research|computer-use|codex-mini|gpt-5(?:\.\d+)?-(?:pro|codex))/;

/**
 * `model`: as OpenAI is asked for it. `request` is called only for models that make a difference, and
 * gives undefined for what is malformed.
 */
export function needsResponses(model: string, request: () => ChatRequest | undefined): boolean {
  if (RESPONSES_ONLY.test(model)) return true;
  const { withTools, byDefault } = capabilitiesOf('openai-chat', model).reasoning;
  if (withTools) return false;
  const { tools = [], reasoning } = request() ?? {};
  const reasons = isWish(reasoning) ? reasoning.mode !== 'off' : byDefault;
  return reasons && tools.some(({ type }) => type !== 'web-search');
}

function isWish(reasoning: ReasoningRequest | undefined): reasoning is ReasoningRequest {
  if (reasoning === undefined) return false;
  const { mode, effort, budget, visible } = reasoning;
  return mode !== 'auto' || effort !== undefined || budget !== undefined || visible === true;
}
