/** Reads the parts of one content of a request. */
import { unsupported } from '../../errors.ts';
import type {
  MediaPart,
  Part,
  ReasoningPart,
  Seal,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from '../../ir/part.ts';
import {
  isObject,
  type JsonArray,
  type JsonObject,
  type JsonValue,
  stringifyJson,
} from '../../json.ts';
import type { Report } from '../../loss.ts';
import {
  at,
  objectsOf,
  optionalArray,
  optionalBoolean,
  optionalObject,
  optionalString,
  requiredObject,
  requiredString,
  wrongType,
} from '../../read.ts';
import { detailOf } from './decode-config.ts';
import { camelKeys, isPresent } from './fields.ts';
import { decodeBlob, decodeFile, isStored } from './media.ts';
import { reportRest } from './rest.ts';
import { decodeSignature } from './seals.ts';
import { serverParts, transcriptOf } from './transcript.ts';

export interface PartScope {
  readonly report: Report;
  readonly detail: MediaPart['detail'];
}

/** Pure companions of a part's content that say nothing to a model elsewhere. */
const hintKeys: ReadonlySet<string> = new Set([
  'partMetadata',
  'speechMetadata',
  'mediaProcessing',
]);

const knownKeys: ReadonlySet<string> = new Set([
  ...serverParts,
  'text',
  'inlineData',
  'fileData',
  'functionCall',
  'functionResponse',
  'thought',
  'thoughtSignature',
  'mediaResolution',
  'videoMetadata',
]);

export function decodeParts(wire: JsonArray, path: string, scope: PartScope): readonly Part[] {
  const parts: Part[] = [];
  for (const [index, value] of wire.entries()) {
    const place = at(path, index);
    if (typeof value === 'string') parts.push({ type: 'text', text: value, path: place });
    else if (isObject(value)) decodePart(parts, camelKeys(value), { ...scope, path: place });
    else throw wrongType(place, 'an object', value);
  }
  // An empty text says nothing, but a turn of nothing else must stay a turn.
  const spoken = parts.filter((part) => !isEmptyText(part));
  return spoken.length === 0 ? parts.slice(0, 1) : spoken;
}

export function isEmptyText(part: Part): boolean {
  return part.type === 'text' && part.text === '' && part.seal === undefined;
}

interface PartPlace extends PartScope {
  readonly path: string;
}

function decodePart(parts: Part[], wire: JsonObject, place: PartPlace): void {
  reportRest(wire, { path: place.path, known: knownKeys, hints: hintKeys, report: place.report });
  const isServerPart = serverParts.some((kind) => isPresent(wire[kind]));
  const { own, before } = isServerPart ? {} : decodeSignature(wire['thoughtSignature']);
  if (before !== undefined) {
    dropRepeatedThought(parts, before.text);
    parts.push({ ...before, path: place.path });
  }
  const part = contentOf(wire, place);
  const isBare = part === undefined || (part.type === 'text' && part.text === '');
  if (isBare && own !== undefined) return addSeal(parts, own, place.path);
  if (part === undefined) return;
  const { path } = place;
  const isSealed = own !== undefined && isSealable(part);
  parts.push(isSealed ? { ...part, seal: own, path } : { ...part, path });
}

/** What else Gemini signs, such as pictures, has no place for it here and is not sent back to Gemini. */
function isSealable(part: Part): part is TextPart | ReasoningPart | ToolCallPart {
  return part.type === 'text' || part.type === 'reasoning' || part.type === 'tool-call';
}

/** A signature that came in an empty text signs the text before it. */
function addSeal(parts: Part[], seal: Seal, path: string): void {
  const last = parts.at(-1);
  if (last?.type === 'text' && last.seal === undefined) parts.splice(-1, 1, { ...last, seal });
  else parts.push({ type: 'text', text: '', seal, path });
}

/** A client that does echo thoughts must not hand the model the same thought twice. */
export function dropRepeatedThought(parts: Part[], text: string): void {
  let start = parts.length;
  let echoed = '';
  for (let part = parts[start - 1]; part?.type === 'reasoning'; part = parts[start - 1]) {
    if (part.seal !== undefined) break;
    echoed = part.text + echoed;
    start--;
  }
  if (echoed === text) parts.splice(start);
}

function contentOf(wire: JsonObject, place: PartPlace): Part | undefined {
  const { path } = place;
  const text = optionalString(wire, 'text', path);
  if (text !== undefined) {
    const isThought = optionalBoolean(wire, 'thought', path) === true;
    return isThought ? { type: 'reasoning', text } : { type: 'text', text };
  }
  if (isPresent(wire['functionCall'])) return callOf(wire, place);
  if (isPresent(wire['functionResponse'])) return resultOf(wire, place);
  if (isPresent(wire['inlineData']) || isPresent(wire['fileData'])) return mediaOf(wire, place);
  for (const kind of serverParts) {
    if (isPresent(wire[kind])) return transcript(kind, wire[kind], place);
  }
  if (!isPresent(wire['thoughtSignature'])) {
    place.report({
      feature: 'part',
      path,
      action: 'dropped',
      reason: 'invalid',
      effect: 'hint',
      detail: 'The part holds nothing that is known here.',
    });
  }
  return undefined;
}

function callOf(wire: JsonObject, { path }: PartPlace): ToolCallPart {
  const place = at(path, 'functionCall');
  const call = camelKeys(requiredObject(wire, 'functionCall', path));
  const args = optionalObject(call, 'args', place);
  return {
    type: 'tool-call',
    id: optionalString(call, 'id', place) ?? '',
    name: requiredString(call, 'name', place),
    kind: 'function',
    input: args === undefined ? '{}' : stringifyJson(args),
  };
}

function resultOf(wire: JsonObject, { path, ...scope }: PartPlace): ToolResultPart {
  const place = at(path, 'functionResponse');
  const result = camelKeys(requiredObject(wire, 'functionResponse', path));
  const { text, isError } = unwrapped(result['response']);
  const media = objectsOf(optionalArray(result, 'parts', place) ?? [], at(place, 'parts')).flatMap(
    (part) => mediaOf(camelKeys(part.value), { ...scope, path: part.path }) ?? [],
  );
  return {
    type: 'tool-result',
    callId: optionalString(result, 'id', place) ?? '',
    name: optionalString(result, 'name', place),
    isError,
    content: text === '' ? media : [{ type: 'text', text }, ...media],
  };
}

/** `{output}`, `{result}` and `{error}` are wrappers; any other object is itself what the tool said. */
function unwrapped(response: JsonValue | undefined): { text: string; isError: boolean } {
  if (response === undefined || response === null) return { text: '', isError: false };
  const keys = isObject(response) ? Object.keys(response) : [];
  const [key] = keys;
  if (!isObject(response) || key === undefined || keys.length > 1) {
    const isEmpty = isObject(response) && keys.length === 0;
    return { text: isEmpty ? '' : textOf(response), isError: false };
  }
  if (key !== 'output' && key !== 'result' && key !== 'error') {
    return { text: textOf(response), isError: false };
  }
  return { text: textOf(response[key] ?? ''), isError: key === 'error' };
}

function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : stringifyJson(value);
}

function mediaOf(wire: JsonObject, place: PartPlace): MediaPart | undefined {
  const { path, report } = place;
  const blob = optionalObject(wire, 'inlineData', path);
  const file = blob === undefined ? optionalObject(wire, 'fileData', path) : undefined;
  if (isPresent(wire['videoMetadata'])) {
    report({
      feature: 'video-metadata',
      path: at(path, 'videoMetadata'),
      action: 'dropped',
      reason: 'unsupported',
      effect: 'answer',
      detail: 'Other providers look at the whole video at their own rate.',
    });
  }
  if (blob === undefined && file === undefined) return undefined;
  const content =
    blob === undefined
      ? openFile(file ?? {}, at(path, 'fileData'))
      : decodeBlob(blob, at(path, 'inlineData'));
  const media = { ...content, path };
  const detail = detailOf(wire['mediaResolution']) ?? place.detail;
  if (detail === undefined) return media;
  if (media.media === 'image') return { ...media, detail };
  report({
    feature: 'media-resolution',
    path: at(path, 'mediaResolution'),
    action: 'dropped',
    reason: 'unsupported',
    effect: 'hint',
  });
  return media;
}

/** Throws for addresses behind which only Google finds something. */
function openFile(wire: JsonObject, path: string): MediaPart {
  const file = decodeFile(wire, path);
  if (file.source.type === 'url' && isStored(file.source.url)) {
    throw unsupported(
      at(path, 'fileUri'),
      `${at(path, 'fileUri')}: only Google opens its stored files; send the data as inlineData instead`,
    );
  }
  return file;
}

function transcript(
  kind: (typeof serverParts)[number],
  value: JsonValue | undefined,
  place: PartPlace,
): TextPart {
  place.report({
    feature: kind === 'toolCall' || kind === 'toolResponse' ? 'server-tool' : 'code-execution',
    path: at(place.path, kind),
    action: 'weakened',
    reason: 'emulated',
    effect: 'answer',
    detail: 'What Gemini ran itself is told to the model as text.',
  });
  return { type: 'text', text: transcriptOf(kind, value) };
}
