/** A Gemini client's request for embeddings, of one content or of several, into the neutral form. */
import { invalidRequest, unsupported } from '../../errors.ts';
import { camelKeys, isPresent, optionalWhole } from '../../formats/gemini/fields.ts';
import { reportRest } from '../../formats/gemini/rest.ts';
import type { JsonObject } from '../../json.ts';
import type { Report } from '../../loss.ts';
import {
  at,
  missing,
  objectsOf,
  optionalObject,
  optionalString,
  requiredArray,
  requiredObject,
} from '../../read.ts';
import type { EmbeddingCall } from '../contract.ts';
import type { EmbeddingInput, EmbeddingNote, EmbeddingRequest } from '../neutral.ts';

/** More than Google's own bound, which is 100: other vendors take as many. */
const INPUTS_MAX = 2_048;

const CONFIG = 'embedContentConfig';
const settings = ['taskType', 'title', 'outputDimensionality', 'autoTruncate'] as const;
const knownFields: ReadonlySet<string> = new Set(['model', 'content', CONFIG, ...settings]);

/** What the provider insists on. */
export function checkShape(body: JsonObject, call: EmbeddingCall): void {
  if (call.isList !== true) requiredObject(body, 'content', '');
  else if (requiredArray(body, 'requests', '').length === 0) throw noRequests();
}

export function decodeRequest(
  body: JsonObject,
  call: EmbeddingCall,
  report: Report,
): EmbeddingRequest {
  const [first, ...others] = entriesOf(body, call, report);
  if (first === undefined) throw noRequests();
  const odd = others.find(({ dimensions }) => dimensions !== first.dimensions);
  if (odd !== undefined) {
    const field = at(odd.path, 'outputDimensionality');
    throw unsupported(
      field,
      `${field}: expected the same for all requests, since it is one for all`,
    );
  }
  return {
    model: call.model ?? '',
    inputs: [first.input, ...others.map(({ input }) => input)],
    isList: call.isList === true,
    dimensions: first.dimensions,
    encoding: 'float',
  };
}

interface Entry {
  readonly path: string;
  readonly input: EmbeddingInput;
  readonly dimensions: number | undefined;
}

function entriesOf(body: JsonObject, call: EmbeddingCall, report: Report): readonly Entry[] {
  if (call.isList !== true) return [decodeEntry(body, '', report)];
  const requests = requiredArray(body, 'requests', '');
  if (requests.length > INPUTS_MAX) {
    const told = `requests: expected at most ${INPUTS_MAX}, got ${requests.length}`;
    throw invalidRequest('requests', told);
  }
  return objectsOf(requests, 'requests').map(({ value, path }) => decodeEntry(value, path, report));
}

function decodeEntry(body: JsonObject, path: string, report: Report): Entry {
  const wire = camelKeys(body);
  reportRest(wire, { path, known: knownFields, report });
  // Its newer place is an object of its own.
  const config = camelKeys(optionalObject(wire, CONFIG, path) ?? {});
  const place = (key: string): readonly [JsonObject, string] =>
    isPresent(config[key]) ? [config, at(path, CONFIG)] : [wire, path];
  const textAt = (key: string): EmbeddingNote | undefined => {
    const [holder, within] = place(key);
    const text = optionalString(holder, key, within);
    return text === undefined || text === '' ? undefined : { text, path: at(within, key) };
  };
  const [holder, within] = place('autoTruncate');
  if (holder['autoTruncate'] === true) {
    const what = { feature: 'auto-truncate', path: at(within, 'autoTruncate') } as const;
    report({ ...what, action: 'dropped', reason: 'unsupported', effect: 'answer' });
  }
  const task = textAt('taskType');
  return {
    path,
    input: {
      path: at(path, 'content'),
      content: { type: 'text', texts: textsOf(wire, path) },
      task: task?.text.endsWith('UNSPECIFIED') === true ? undefined : task,
      title: textAt('title'),
    },
    dimensions: dimensionsOf(...place('outputDimensionality')),
  };
}

function dimensionsOf(holder: JsonObject, path: string): number | undefined {
  const dimensions = optionalWhole(holder, 'outputDimensionality', path);
  if (dimensions === undefined || dimensions > 0) return dimensions;
  const field = at(path, 'outputDimensionality');
  throw invalidRequest(field, `${field}: expected at least 1, got ${dimensions}`);
}

function textsOf(wire: JsonObject, path: string): readonly string[] {
  const content = requiredObject(wire, 'content', path);
  const place = at(path, 'content');
  const parts = objectsOf(requiredArray(content, 'parts', place), at(place, 'parts'));
  if (parts.length === 0) throw missing(at(place, 'parts'), 'at least one part with text');
  return parts.map((part) => {
    const text = optionalString(part.value, 'text', part.path);
    if (text !== undefined) return text;
    throw unsupported(part.path, `${part.path}: only text can be carried over to another provider`);
  });
}

function noRequests(): Error {
  return invalidRequest('requests', 'requests: expected at least one');
}
