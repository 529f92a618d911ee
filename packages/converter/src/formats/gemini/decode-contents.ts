/** Reads the conversation: contents in every shape that clients send, and the system instruction. */
import { invalidRequest, unsupported } from '../../errors.ts';
import type { Part, ReasoningPart } from '../../ir/part.ts';
import type { SystemBlock, Turn } from '../../ir/request.ts';
import { isObject, type JsonArray, type JsonObject, type JsonValue } from '../../json.ts';
import { at, missing, optionalString, wrongType } from '../../read.ts';
import { decodeParts, dropRepeatedThought, isEmptyText, type PartScope } from './decode-parts.ts';
import { isPresent } from './fields.ts';
import { pairCalls } from './pair-calls.ts';

interface Content {
  readonly role: Turn['role'];
  readonly parts: JsonArray;
  /** Of the parts. */
  readonly path: string;
  readonly turnPath: string;
}

export function decodeContents(value: JsonValue | undefined, scope: PartScope): readonly Turn[] {
  if (!isPresent(value) || (Array.isArray(value) && value.length === 0)) {
    throw missing('contents', 'at least one content');
  }
  const turns: Turn[] = [];
  /** Of the last turn, when it came in several contents. */
  let gathered: Part[] | undefined;
  for (const { role, parts: wire, path, turnPath } of contentsOf(value ?? '')) {
    const parts = decodeParts(wire, path, scope);
    if (parts.length === 0) {
      scope.report({
        feature: 'empty-turn',
        path,
        action: 'dropped',
        reason: 'invalid',
        effect: 'hint',
        detail: 'The content has no parts.',
      });
      continue;
    }
    const last = turns.at(-1);
    if (role === 'assistant' && last?.role === 'assistant') {
      gathered ??= last.parts.filter((part) => !isEmptyText(part));
      join(gathered, parts);
      const joined = gathered.length === 0 ? parts.slice(0, 1) : gathered;
      turns.splice(-1, 1, { ...last, parts: joined });
    } else {
      turns.push({ role, parts, path: turnPath });
      gathered = undefined;
    }
  }
  return pairCalls(turns);
}

/** Clients keep a streamed answer as one content for each chunk: together they are one turn. */
function join(parts: Part[], after: readonly Part[]): void {
  for (const part of after) {
    if (isEmptyText(part)) continue;
    if (part.type === 'reasoning' && part.seal !== undefined) dropRepeatedThought(parts, part.text);
    const last = parts.at(-1);
    if (part.type === 'text' && last?.type === 'text' && last.seal === undefined) {
      parts.splice(-1, 1, { ...last, text: last.text + part.text, seal: part.seal });
    } else if (isPlainThought(part) && last !== undefined && isPlainThought(last)) {
      parts.splice(-1, 1, { ...last, text: last.text + part.text });
    } else parts.push(part);
  }
}

function isPlainThought(part: Part): part is ReasoningPart {
  return part.type === 'reasoning' && part.seal === undefined;
}

/** A string, a content, a part, or a list of them: loose parts that stand together are one content. */
function contentsOf(value: JsonValue): readonly Content[] {
  if (!Array.isArray(value)) return [contentOf(value, 'contents')];
  const contents: Content[] = [];
  let loose: JsonValue[] = [];
  for (const [index, entry] of value.entries()) {
    const path = at('contents', index);
    if (isContent(entry)) {
      contents.push(contentOf(entry, path));
      loose = [];
    } else if (loose.length > 0) loose.push(entry);
    else {
      loose = [entry];
      contents.push({ role: 'user', parts: loose, path, turnPath: path });
    }
  }
  return contents;
}

function isContent(value: JsonValue): value is JsonObject {
  return isObject(value) && (value['parts'] !== undefined || value['role'] !== undefined);
}

function contentOf(value: JsonValue, path: string): Content {
  if (!isContent(value)) return { role: 'user', parts: [value], path, turnPath: path };
  return {
    role: roleOf(value, path),
    parts: listOf(value['parts'], at(path, 'parts')),
    path: at(path, 'parts'),
    turnPath: path,
  };
}

function listOf(value: JsonValue | undefined, path: string): JsonArray {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  if (isObject(value) || typeof value === 'string') return [value];
  throw wrongType(path, 'an array', value);
}

function roleOf(content: JsonObject, path: string): Turn['role'] {
  const role = optionalString(content, 'role', path)?.toLowerCase() ?? '';
  switch (role) {
    // Older versions wrote results of functions in a role of their own.
    case '':
    case 'user':
    case 'function':
    case 'tool':
      return 'user';
    case 'model':
    case 'assistant':
      return 'assistant';
    case 'system':
      return 'system';
    default:
      throw invalidRequest(
        at(path, 'role'),
        `${at(path, 'role')}: expected user or model, got ${role}`,
      );
  }
}

/** One block for each text; its role says nothing. */
export function decodeSystem(
  value: JsonValue | undefined,
  scope: PartScope,
): readonly SystemBlock[] {
  if (value === undefined || value === null) return [];
  const root = 'systemInstruction';
  const list = Array.isArray(value) ? value : [value];
  const parts = list.flatMap((entry) => {
    const wire = isContent(entry) ? listOf(entry['parts'], at(root, 'parts')) : [entry];
    return decodeParts(wire, at(root, 'parts'), scope);
  });
  return parts.flatMap((part) => {
    if (part.type !== 'text') {
      throw unsupported(root, `${root}: only text can be an instruction, found ${part.type}`);
    }
    const { text, path } = part;
    return text === '' ? [] : [{ role: 'system', text, path } as const];
  });
}
