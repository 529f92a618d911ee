/** Reads a generateContent request into the neutral form. */
import { unsupported } from '../../errors.ts';
import type { Call } from '../../format.ts';
import type { ChatRequest, ServiceTier } from '../../ir/request.ts';
import { isObject, type JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { missing, optionalArray, optionalString, wrongType } from '../../read.ts';
import { decodeConfig } from './decode-config.ts';
import { decodeContents, decodeSystem } from './decode-contents.ts';
import { decodeToolChoice, decodeTools } from './decode-tools.ts';
import { camelKeys, isPresent } from './fields.ts';
import { decodeTier } from './mappings.ts';
import { bareModel } from './recognize.ts';
import { reportRest } from './rest.ts';

export function decodeRequest(body: JsonObject, call: Call, report: Report): ChatRequest {
  const wire = camelKeys(body);
  const model = call.model ?? optionalString(wire, 'model', '');
  if (model === undefined) throw missing('model', 'a string');
  refuseState(wire);
  reportRest(wire, { path: '', known: knownKeys, hints: hintKeys, report });
  reportSafety(wire, report);
  const { detail, ...config } = decodeConfig(wire, report);
  const scope = { report, detail };
  const tools = decodeTools(wire, report);
  const choice = decodeToolChoice(wire, report);
  return {
    model: bareModel(model),
    stream: call.stream ?? false,
    streamUsage: true,
    system: decodeSystem(wire['systemInstruction'], scope),
    turns: decodeContents(wire['contents'], scope),
    tools,
    toolChoice: tools.length === 0 ? undefined : choice,
    ...config,
    serviceTier: tierOf(wire, report),
    clientNotes: call.framing === undefined ? undefined : { framing: call.framing },
  };
}

/** For bodies that pass through: nobody can answer a request without contents. */
export function checkShape(body: JsonObject): void {
  const { contents } = body;
  if (!isPresent(contents)) throw missing('contents', 'an array');
  if (typeof contents !== 'object' && typeof contents !== 'string') {
    throw wrongType('contents', 'an array', contents);
  }
}

/** References to what lies with Google: without it the answer would be to another question. */
function refuseState(wire: JsonObject): void {
  for (const key of ['cachedContent', 'continuationToken']) {
    if (isPresent(wire[key]) && wire[key] !== '') {
      throw unsupported(
        key,
        `${key}: only Gemini itself holds this; send the whole content instead`,
      );
    }
  }
}

const knownKeys: ReadonlySet<string> = new Set([
  'model',
  'cachedContent',
  'continuationToken',
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
  'safetySettings',
  'serviceTier',
]);

const hintKeys: ReadonlySet<string> = new Set(['labels', 'store']);

function reportSafety(wire: JsonObject, report: Report): void {
  const settings = optionalArray(wire, 'safetySettings', '') ?? [];
  if (settings.length === 0) return;
  const isLifted = settings.some(
    (setting) => isObject(setting) && ['BLOCK_NONE', 'OFF'].includes(thresholdOf(setting)),
  );
  report({
    feature: 'safety-settings',
    path: 'safetySettings',
    action: 'dropped',
    reason: 'unsupported',
    effect: isLifted ? 'answer' : 'hint',
    detail: 'Other providers filter by their own rules.',
  });
}

function thresholdOf({ threshold }: JsonObject): string {
  return typeof threshold === 'string' ? threshold : '';
}

function tierOf(wire: JsonObject, report: Report): ServiceTier | undefined {
  const name = optionalString(wire, 'serviceTier', '');
  if (name === undefined || /unspecified$/i.test(name)) return undefined;
  const tier = decodeTier(name);
  if (tier === undefined) {
    report({
      feature: 'service-tier',
      path: 'serviceTier',
      action: 'dropped',
      reason: 'unknown',
      effect: 'hint',
    });
  }
  return tier;
}
