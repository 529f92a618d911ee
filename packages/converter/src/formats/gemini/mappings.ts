/** Words and counts that Gemini and the neutral form say differently: finish reasons, usage, tiers. */
import type { ServiceTier } from '../../ir/request.ts';
import type { Finish, FinishReason, Usage } from '../../ir/response.ts';
import { isObject, type JsonValue } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { numericOf } from './fields.ts';
import type { WireModalityCount, WireUsage } from './wire.ts';

const neutralFinish: ReadonlyMap<string, FinishReason> = new Map([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  // A long answer that the caller may continue; who cannot continue it has a cut answer.
  ['CONTINUATION', 'length'],
  ['SAFETY', 'content-filter'],
  ['RECITATION', 'content-filter'],
  ['LANGUAGE', 'content-filter'],
  ['BLOCKLIST', 'content-filter'],
  ['PROHIBITED_CONTENT', 'content-filter'],
  ['SPII', 'content-filter'],
  ['IMAGE_SAFETY', 'content-filter'],
  ['IMAGE_PROHIBITED_CONTENT', 'content-filter'],
  ['IMAGE_RECITATION', 'content-filter'],
  ['IMAGE_OTHER', 'content-filter'],
  ['ESCALATION', 'content-filter'],
  ['PUP_LIMITED_DISABLED', 'content-filter'],
  ['MODEL_ARMOR', 'content-filter'],
  ['MALFORMED_FUNCTION_CALL', 'malformed-tool-call'],
  ['UNEXPECTED_TOOL_CALL', 'malformed-tool-call'],
  ['TOO_MANY_TOOL_CALLS', 'malformed-tool-call'],
  ['MALFORMED_RESPONSE', 'malformed-tool-call'],
  ['MISSING_THOUGHT_SIGNATURE', 'malformed-tool-call'],
]);

/** With `$alt=json;enum-encoding=int` reasons are numbers; beyond these the two services differ. */
const numberedFinish = [
  'FINISH_REASON_UNSPECIFIED',
  'STOP',
  'MAX_TOKENS',
  'SAFETY',
  'RECITATION',
  'OTHER',
];

/** The name of a wire finish reason; undefined when there is none. */
export function finishNameOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'number') return numberedFinish[value] ?? 'OTHER';
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export interface WireFinish {
  readonly raw: string | undefined;
  readonly message: string | undefined;
  /** There is no reason for tool calls: they end with STOP, often in a chunk of its own. */
  readonly hasToolCall: boolean;
}

export function decodeFinish({ raw, message, hasToolCall }: WireFinish): Finish {
  const named = raw === undefined ? 'stop' : (neutralFinish.get(raw) ?? 'other');
  return { reason: named === 'stop' && hasToolCall ? 'tool-calls' : named, raw, message };
}

const wireFinish: Readonly<Record<FinishReason, string>> = {
  stop: 'STOP',
  'stop-sequence': 'STOP',
  length: 'MAX_TOKENS',
  'context-length': 'MAX_TOKENS',
  'tool-calls': 'STOP',
  'content-filter': 'SAFETY',
  pause: 'STOP',
  'malformed-tool-call': 'MALFORMED_FUNCTION_CALL',
  other: 'OTHER',
};

/** Keeps the upstream's own word where it is a word of Gemini with the same meaning. */
export function encodeFinish(finish: Finish): string {
  const { raw, reason } = finish;
  const isOwn = raw !== undefined && reason !== 'length' && neutralFinish.get(raw) === reason;
  return isOwn ? raw : wireFinish[reason];
}

/** The client takes a paused answer for a whole one: nothing here says that there is more to come. */
export function reportPause({ reason }: Finish, report: Report): void {
  if (reason !== 'pause') return;
  report({
    feature: 'pause',
    path: 'candidates[].finishReason',
    action: 'dropped',
    reason: 'unsupported',
    effect: 'answer',
    detail: 'the provider paused its answer; here it looks complete',
  });
}

export function decodeUsage(value: JsonValue | undefined): Usage | undefined {
  if (!isObject(value)) return undefined;
  const count = (key: string): number | undefined => numericOf(value[key]);
  const prompt = count('promptTokenCount') ?? 0;
  const tools = count('toolUsePromptTokenCount') ?? 0;
  const cached = count('cachedContentTokenCount');
  const thoughts = count('thoughtsTokenCount');
  const total = count('totalTokenCount');
  // Early chunks of a stream leave candidatesTokenCount out while the total already counts it.
  const rest = total === undefined ? 0 : total - prompt - tools - (thoughts ?? 0);
  return {
    fresh: Math.max(0, prompt + tools - (cached ?? 0)),
    cacheRead: cached,
    text: count('candidatesTokenCount') ?? Math.max(0, rest),
    reasoning: thoughts,
    audioInput: audioIn(value['promptTokensDetails']),
    audioOutput: audioIn(value['candidatesTokensDetails']),
  };
}

function audioIn(details: JsonValue | undefined): number | undefined {
  if (!Array.isArray(details)) return undefined;
  for (const detail of details) {
    if (isObject(detail) && detail['modality'] === 'AUDIO') return numericOf(detail['tokenCount']);
  }
  return undefined;
}

export function encodeUsage(usage: Usage): WireUsage {
  const prompt = usage.fresh + (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0);
  return {
    promptTokenCount: prompt,
    cachedContentTokenCount: usage.cacheRead,
    candidatesTokenCount: usage.text,
    thoughtsTokenCount: usage.reasoning,
    totalTokenCount: prompt + usage.text + (usage.reasoning ?? 0),
    promptTokensDetails: byModality(prompt, usage.audioInput),
    candidatesTokensDetails: byModality(usage.text, usage.audioOutput),
  };
}

function byModality(
  total: number,
  audio: number | undefined,
): readonly WireModalityCount[] | undefined {
  if (audio === undefined || audio === 0) return undefined;
  return [
    { modality: 'TEXT', tokenCount: Math.max(0, total - audio) },
    { modality: 'AUDIO', tokenCount: audio },
  ];
}

const neutralTier: ReadonlyMap<string, ServiceTier> = new Map([
  ['standard', 'default'],
  ['flex', 'flex'],
  ['priority', 'priority'],
]);

export function decodeTier(name: string): ServiceTier | undefined {
  return neutralTier.get(name.toLowerCase().replace(/^service_tier_/, ''));
}

/** `auto` is what Gemini does when nothing is said; `fast` it does not have. */
export function encodeTier(tier: ServiceTier): string | undefined {
  if (tier === 'default') return 'standard';
  return tier === 'flex' || tier === 'priority' ? tier : undefined;
}
