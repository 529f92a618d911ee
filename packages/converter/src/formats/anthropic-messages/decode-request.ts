/** Reads a request of a client that speaks this format. */
import { invalidRequest, unsupported } from '../../errors.ts';
import type { Call } from '../../format.ts';
import type { ChatRequest, OutputFormat, Sampling } from '../../ir/request.ts';
import { isObject, type JsonObject, tryParseJson } from '../../json.ts';
import type { Report } from '../../loss.ts';
import {
  optionalArray,
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalString,
  requiredArray,
  requiredObject,
  requiredString,
  stringsOf,
} from '../../read.ts';
import { decodeMessages } from './decode-messages.ts';
import { decodeReasoning } from './decode-reasoning.ts';
import { decodeToolChoice, decodeTools } from './decode-tools.ts';
import { fingerprint } from './ids.ts';
import { drop, type Keys, reportRest } from './losses.ts';
import { decodeTier } from './mappings.ts';

const USER_CHARACTERS_MAX = 64;

export function checkShape(body: JsonObject): void {
  requiredArray(body, 'messages', '');
}

export function decodeRequest(body: JsonObject, call: Call, report: Report): ChatRequest {
  refuseState(body);
  reportRest(body, topKeys, { path: '', report });
  reportTopLevelCacheMark(body, report);
  const tools = decodeTools(body, report);
  const speed = optionalString(body, 'speed', '');
  return {
    model: call.model ?? requiredString(body, 'model', ''),
    stream: call.stream ?? optionalBoolean(body, 'stream', '') ?? false,
    streamUsage: true,
    ...decodeMessages(body, report),
    tools,
    toolChoice: decodeToolChoice(body, tools, report),
    output: decodeOutput(body, report),
    reasoning: decodeReasoning(body, report),
    sampling: decodeSampling(body),
    outputTokensMax: decodeOutputTokensMax(body),
    ...decodeUser(body, report),
    serviceTier: decodeTier(optionalString(body, 'service_tier', ''), speed),
  };
}

const topKeys: Keys = {
  known: new Set([
    'model',
    'messages',
    'max_tokens',
    'system',
    'stream',
    'stop_sequences',
    'temperature',
    'top_p',
    'top_k',
    'thinking',
    'output_config',
    'output_format',
    'tools',
    'tool_choice',
    'metadata',
    'service_tier',
    'speed',
    'cache_control',
    'anthropic_version',
    // Refused where they hold anything.
    'container',
    'mcp_servers',
    'thread',
  ]),
  hints: new Set([
    'context_management',
    'compaction',
    'betas',
    'anthropic_beta',
    'diagnostics',
    'fallbacks',
    'fallback_credit_token',
    'billing_policy',
    'user_profile_id',
    'workspace_id',
  ]),
};

/** What lies with Anthropic or runs there: without it the answer would be to another question. */
function refuseState(body: JsonObject): void {
  for (const key of ['container', 'mcp_servers', 'thread']) {
    const value = body[key];
    const isEmpty = Array.isArray(value) && value.length === 0;
    if (value === undefined || value === null || isEmpty) continue;
    throw unsupported(
      key,
      `${key}: this exists at Anthropic only; leave it out or use a Claude model`,
    );
  }
}

/** The other providers cache by themselves. */
function reportTopLevelCacheMark(body: JsonObject, report: Report): void {
  if (isObject(body['cache_control'])) {
    drop({ path: 'cache_control', report }, { feature: 'cache-mark', effect: 'hint' });
  }
}

/** Zero asks for nothing but a warm cache. */
function decodeOutputTokensMax(body: JsonObject): number | undefined {
  const tokens = optionalInteger(body, 'max_tokens', '');
  if (tokens === 0) {
    throw unsupported('max_tokens', 'max_tokens: only Anthropic fills its cache without an answer');
  }
  if (tokens !== undefined && tokens < 0) {
    throw invalidRequest('max_tokens', `max_tokens: expected a positive integer, got ${tokens}`);
  }
  return tokens;
}

function decodeSampling(body: JsonObject): Sampling {
  const stop = stringsOf(optionalArray(body, 'stop_sequences', '') ?? [], 'stop_sequences');
  const temperature = optionalNumber(body, 'temperature', '');
  const topP = optionalNumber(body, 'top_p', '');
  const topK = optionalInteger(body, 'top_k', '');
  return {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(stop.length > 0 && { stop }),
  };
}

/** `output_format` is the former name of `output_config.format`. */
function decodeOutput(body: JsonObject, report: Report): OutputFormat | undefined {
  const config = optionalObject(body, 'output_config', '') ?? {};
  reportRest(config, outputKeys, { path: 'output_config', report });
  const current = optionalObject(config, 'format', 'output_config');
  const path = current === undefined ? 'output_format' : 'output_config.format';
  const format = current ?? optionalObject(body, 'output_format', '');
  if (format === undefined) return undefined;
  const type = requiredString(format, 'type', path);
  if (type !== 'json_schema') {
    throw invalidRequest(`${path}.type`, `${path}.type: expected "json_schema", got "${type}"`);
  }
  return { type: 'schema', schema: requiredObject(format, 'schema', path) };
}

const outputKeys: Keys = {
  known: new Set(['effort', 'format']),
  hints: new Set(['task_budget']),
};

/**
 * Claude Code writes user, account and session into one id, as `user_…_account_…_session_…` or as
 * JSON. Who it is stays the same from session to session; which session it is groups requests with
 * a common beginning.
 */
function decodeUser(body: JsonObject, report: Report): Pick<ChatRequest, 'user' | 'cacheKey'> {
  const metadata = optionalObject(body, 'metadata', '') ?? {};
  reportRest(metadata, metadataKeys, { path: 'metadata', report });
  const id = optionalString(metadata, 'user_id', 'metadata') ?? '';
  if (id === '') return {};
  const person = withoutSession(id);
  const user =
    person === id && id.length <= USER_CHARACTERS_MAX ? id : `user_${fingerprint(person)}`;
  return person === id ? { user } : { user, cacheKey: `session_${fingerprint(id)}` };
}

const metadataKeys: Keys = { known: new Set(['user_id']), hints: new Set() };

/** What agents write is far shorter. */
const COMPOSITE_CHARACTERS_MAX = 4_096;

function withoutSession(id: string): string {
  if (id.length > COMPOSITE_CHARACTERS_MAX) return id;
  const composite = id.startsWith('{') ? tryParseJson(id) : undefined;
  if (isObject(composite) && composite['session_id'] !== undefined) {
    return JSON.stringify({ ...composite, session_id: undefined });
  }
  const [, person] = /^(.+?)_session_[\w-]+$/.exec(id) ?? [];
  return person ?? id;
}
