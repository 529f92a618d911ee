/** Reads `generationConfig`: sampling, limits, reasoning, the form of the output. */
import { invalidRequest, unsupported } from '../../errors.ts';
import type { MediaPart } from '../../ir/part.ts';
import type { Effort, OutputFormat, ReasoningRequest, Sampling } from '../../ir/request.ts';
import { isObject, type JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import {
  at,
  objectsOf,
  optionalArray,
  optionalBoolean,
  optionalObject,
  optionalString,
  stringsOf,
} from '../../read.ts';
import { camelKeys, isPresent, optionalNumeric, optionalWhole } from './fields.ts';
import { reportRest } from './rest.ts';
import { schemaOfOpenApi } from './schema.ts';

const PATH = 'generationConfig';

export interface DecodedConfig {
  readonly sampling: Sampling;
  readonly outputTokensMax: number | undefined;
  readonly candidates: number | undefined;
  readonly logprobs: { readonly top: number } | undefined;
  readonly reasoning: ReasoningRequest | undefined;
  readonly output: OutputFormat | undefined;
  /** How closely images are looked at where their part does not say. */
  readonly detail: MediaPart['detail'];
}

export function decodeConfig(wire: JsonObject, report: Report): DecodedConfig {
  const config = camelKeys(optionalObject(wire, PATH, '') ?? {});
  refuseOtherOutput(config);
  reportRest(config, { path: PATH, known: knownKeys, hints: hintKeys, report });
  return {
    sampling: samplingOf(config),
    outputTokensMax: positive(config, 'maxOutputTokens'),
    candidates: positive(config, 'candidateCount'),
    logprobs: logprobsOf(config),
    reasoning: reasoningOf(config),
    output: outputOf(config, report),
    detail: detailOf(config['mediaResolution']),
  };
}

function samplingOf(config: JsonObject): Sampling {
  const stop = config['stopSequences'];
  const list = typeof stop === 'string' ? [stop] : optionalArray(config, 'stopSequences', PATH);
  return {
    temperature: optionalNumeric(config, 'temperature', PATH),
    topP: optionalNumeric(config, 'topP', PATH),
    topK: optionalNumeric(config, 'topK', PATH),
    presencePenalty: optionalNumeric(config, 'presencePenalty', PATH),
    frequencyPenalty: optionalNumeric(config, 'frequencyPenalty', PATH),
    seed: optionalWhole(config, 'seed', PATH),
    stop: list && list.length > 0 ? stringsOf(list, at(PATH, 'stopSequences')) : undefined,
  };
}

function positive(config: JsonObject, key: string): number | undefined {
  const value = optionalWhole(config, key, PATH);
  if (value === undefined || value > 0) return value;
  throw invalidRequest(
    at(PATH, key),
    `${at(PATH, key)}: expected a positive integer, got ${value}`,
  );
}

function logprobsOf(config: JsonObject): { readonly top: number } | undefined {
  const top = optionalWhole(config, 'logprobs', PATH);
  if (optionalBoolean(config, 'responseLogprobs', PATH) !== true) return undefined;
  return { top: Math.max(0, top ?? 0) };
}

const efforts: ReadonlyMap<string, Effort> = new Map([
  ['MINIMAL', 'minimal'],
  ['LOW', 'low'],
  ['MEDIUM', 'medium'],
  ['HIGH', 'high'],
  ['XHIGH', 'xhigh'],
]);

function reasoningOf(config: JsonObject): ReasoningRequest | undefined {
  const path = at(PATH, 'thinkingConfig');
  const value = optionalObject(config, 'thinkingConfig', PATH);
  if (value === undefined) return undefined;
  const thinking = camelKeys(value);
  const visible = optionalBoolean(thinking, 'includeThoughts', path);
  const budget = optionalWhole(thinking, 'thinkingBudget', path);
  const level = optionalString(thinking, 'thinkingLevel', path)?.toUpperCase();
  const effort = efforts.get(level?.replace(/^THINKING_LEVEL_/, '') ?? '');
  if (level !== undefined && effort === undefined && level !== 'THINKING_LEVEL_UNSPECIFIED') {
    throw invalidRequest(
      at(path, 'thinkingLevel'),
      `${at(path, 'thinkingLevel')}: ${level} is unknown`,
    );
  }
  if (budget === 0) return { mode: 'off', visible };
  const isBudgeted = budget !== undefined && budget > 0;
  if (!isBudgeted && effort === undefined) return { mode: 'auto', visible };
  return { mode: 'on', effort, budget: isBudgeted ? budget : undefined, visible };
}

function outputOf(config: JsonObject, report: Report): OutputFormat | undefined {
  const text = textFormatOf(config);
  const json = optionalObject(config, 'responseJsonSchema', PATH) ?? text.schema;
  if (json !== undefined) return { type: 'schema', schema: json };
  const openApi = optionalObject(config, 'responseSchema', PATH);
  const named = optionalString(config, 'responseMimeType', PATH) ?? text.mimeType;
  const type = (named ?? 'text/plain').toLowerCase().replace('_', '/');
  if (type === 'text/plain' && openApi === undefined) return undefined;
  if (type === 'application/json' || type === 'text/plain') {
    return openApi === undefined
      ? { type: 'json' }
      : { type: 'schema', schema: schemaOfOpenApi(openApi) };
  }
  report({
    feature: 'response-mime-type',
    path: at(PATH, 'responseMimeType'),
    action: 'dropped',
    reason: 'unsupported',
    effect: 'answer',
    detail: `Other providers do not know ${type}; the answer is plain text.`,
  });
  return undefined;
}

interface TextFormat {
  readonly mimeType?: string | undefined;
  readonly schema?: JsonObject | undefined;
}

/** `responseFormat` is the newer form of the three older fields. */
function textFormatOf(config: JsonObject): TextFormat {
  const path = at(PATH, 'responseFormat');
  const formats = optionalArray(config, 'responseFormat', PATH) ?? [];
  let text: TextFormat = {};
  for (const format of objectsOf(formats, path)) {
    for (const [kind, value] of Object.entries(format.value)) {
      if (!isPresent(value)) continue;
      if (kind !== 'text' || !isObject(value)) {
        throw unsupported(
          at(format.path, kind),
          `${at(format.path, kind)}: only text output converts`,
        );
      }
      const wire = camelKeys(value);
      text = {
        mimeType: optionalString(wire, 'mimeType', at(format.path, kind)),
        schema: optionalObject(wire, 'schema', at(format.path, kind)),
      };
    }
  }
  return text;
}

/** Whoever asks for sound or pictures would get something else without noticing. */
function refuseOtherOutput(config: JsonObject): void {
  const path = at(PATH, 'responseModalities');
  const list = optionalArray(config, 'responseModalities', PATH) ?? [];
  for (const modality of stringsOf(list, path)) {
    if (/^(TEXT|MODALITY_UNSPECIFIED)$/i.test(modality)) continue;
    throw unsupported(path, `${path}: ${modality} output is available from Gemini models only`);
  }
  for (const key of ['speechConfig', 'imageConfig', 'translationConfig']) {
    if (isPresent(config[key])) {
      throw unsupported(at(PATH, key), `${at(PATH, key)}: available from Gemini models only`);
    }
  }
}

const knownKeys: ReadonlySet<string> = new Set([
  'temperature',
  'topP',
  'topK',
  'presencePenalty',
  'frequencyPenalty',
  'seed',
  'stopSequences',
  'maxOutputTokens',
  'candidateCount',
  'logprobs',
  'responseLogprobs',
  'thinkingConfig',
  'responseJsonSchema',
  'responseSchema',
  'responseMimeType',
  'responseFormat',
  'responseModalities',
  'mediaResolution',
]);

const hintKeys: ReadonlySet<string> = new Set([
  'audioTimestamp',
  'enableEnhancedCivicAnswers',
  'enableAffectiveDialog',
  'routingConfig',
  'modelSelectionConfig',
]);

const details: ReadonlyMap<string, NonNullable<MediaPart['detail']>> = new Map([
  ['LOW', 'low'],
  ['MEDIUM', 'auto'],
  ['HIGH', 'high'],
  ['ULTRA_HIGH', 'original'],
]);

/** The resolution of a whole request, or, wrapped as `{level}`, of one part. */
export function detailOf(value: unknown): MediaPart['detail'] {
  const level = isObject(value) ? value['level'] : value;
  if (typeof level !== 'string') return undefined;
  return details.get(level.toUpperCase().replace(/^MEDIA_RESOLUTION_/, ''));
}
