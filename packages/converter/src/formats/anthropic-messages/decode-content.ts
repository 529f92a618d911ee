/** Reads the content blocks of the messages of a request. */
import { unsupported } from '../../errors.ts';
import type {
  Citation,
  MediaPart,
  Part,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from '../../ir/part.ts';
import { isObject, type JsonObject, stringifyJson } from '../../json.ts';
import {
  at,
  missing,
  optionalArray,
  optionalBoolean,
  optionalObject,
  optionalString,
  requiredArray,
  requiredString,
  wrongType,
} from '../../read.ts';
import { decodeCitation } from './citations.ts';
import { drop, type Keys, type Place, placeAt, reportRest } from './losses.ts';
import { decodeCacheMark } from './mappings.ts';
import { decodeDocument, decodeImage } from './media.ts';
import {
  addPart,
  addRedacted,
  addThinking,
  createSealedParts,
  endParts,
  type SealedParts,
} from './seals.ts';

interface Block {
  readonly value: JsonObject;
  readonly place: Place;
}

/** A string is one block of text; `holder` is the message, result or document that has the blocks. */
function blocksOf(holder: JsonObject, place: Place, key = 'content'): readonly Block[] {
  const content = holder[key];
  const inner = placeAt(place, key);
  if (typeof content === 'string')
    return [{ value: { type: 'text', text: content }, place: inner }];
  const array = optionalArray(holder, key, place.path) ?? [];
  return array.map((value, index) => {
    const place = placeAt(inner, index);
    if (!isObject(value)) throw wrongType(place.path, 'an object', value);
    return { value, place };
  });
}

export function decodeUserContent(message: JsonObject, place: Place): readonly Part[] {
  return contentOf(message, place).flatMap((block): readonly Part[] => {
    if (block.value['type'] !== 'tool_result') return materialOf(block) ?? dropped(block);
    return [toolResultOf(block)];
  });
}

export function decodeAssistantContent(message: JsonObject, place: Place): readonly Part[] {
  const parts = createSealedParts(place.report);
  for (const block of contentOf(message, place)) addAssistantBlock(parts, block);
  return endParts(parts);
}

/** Everything but text in a system message changes the set of tools, all of which are there anyway. */
export function decodeSystemContent(
  holder: JsonObject,
  place: Place,
  key: 'content' | 'system' = 'content',
): readonly TextPart[] {
  return blocksOf(holder, place, key).flatMap((block) => {
    if (block.value['type'] === 'text') return textOf(block);
    if (/^tool_(addition|removal)$/.test(kindOf(block))) {
      drop(block.place, { feature: 'tool-changes', effect: 'hint', detail: allToolsAreThere });
      return [];
    }
    return dropped(block);
  });
}

export const allToolsAreThere =
  'every declared tool is offered from the beginning, so none has to be found or added';

function contentOf(message: JsonObject, place: Place): readonly Block[] {
  if (message['content'] === undefined || message['content'] === null) {
    throw missing(at(place.path, 'content'), 'a string or an array');
  }
  return blocksOf(message, place);
}

function kindOf({ value, place }: Block): string {
  return requiredString(value, 'type', place.path);
}

/** Text and media, which stand alike in user turns and in results; undefined for other blocks. */
function materialOf(block: Block): readonly (TextPart | MediaPart)[] | undefined {
  switch (kindOf(block)) {
    case 'text':
      return textOf(block);
    case 'image':
      reportRest(block.value, imageKeys, block.place);
      return marked([decodeImage(block.value, block.place.path)], block);
    case 'document':
      return marked(documentOf(block), block);
    case 'search_result':
      return marked([{ type: 'text', text: searchResultOf(block) }], block);
    case 'container_upload':
    case 'browser_state':
      throw unsupported(
        block.place.path,
        `${block.place.path}: "${kindOf(block)}" works with Claude models at Anthropic only`,
      );
    default:
      return undefined;
  }
}

function dropped(block: Block): readonly never[] {
  const kind = kindOf(block);
  drop(block.place, {
    feature: 'content-block',
    effect: 'answer',
    reason: 'unknown',
    detail: `"${kind}" has no meaning here`,
  });
  return [];
}

const textKeys = keys(['type', 'text', 'cache_control', 'citations'], []);
const imageKeys = keys(['type', 'source', 'cache_control'], ['transformations']);
const documentKeys = keys(['type', 'source', 'cache_control', 'citations', 'context', 'title'], []);
const searchResultKeys = keys(
  ['type', 'source', 'title', 'content', 'cache_control', 'citations'],
  [],
);
const toolUseKeys = keys(
  ['type', 'id', 'name', 'input', 'cache_control'],
  ['caller', 'toolset_name'],
);
const toolResultKeys = keys(
  ['type', 'tool_use_id', 'content', 'is_error', 'cache_control'],
  ['toolset_name'],
);

function keys(known: readonly string[], hints: readonly string[]): Keys {
  return { known: new Set(known), hints: new Set(hints) };
}

function textOf(block: Block): readonly TextPart[] {
  const { value, place } = block;
  reportRest(value, textKeys, place);
  const text = requiredString(value, 'text', place.path);
  if (text === '') return [];
  const part: TextPart = { type: 'text', text, path: place.path };
  const citations = citationsOf(block, text.length);
  const cache = decodeCacheMark(value['cache_control']);
  if (citations.length === 0 && cache === undefined) return [part];
  return [{ ...part, ...(citations.length > 0 && { citations }), ...(cache && { cache }) }];
}

function citationsOf({ value, place }: Block, textLength: number): readonly Citation[] {
  const wire = optionalArray(value, 'citations', place.path) ?? [];
  const citations = wire.flatMap((citation) => decodeCitation(citation, textLength) ?? []);
  if (citations.length < wire.length) {
    drop(placeAt(place, 'citations'), { feature: 'document-citations', effect: 'hint' });
  }
  return citations;
}

/** The breakpoint comes after everything that a block was turned into. */
function marked<P extends TextPart | MediaPart>(
  parts: readonly P[],
  { value, place: { path } }: Block,
): readonly P[] {
  const cache = decodeCacheMark(value['cache_control']);
  return parts.map((part, index) =>
    cache === undefined || index < parts.length - 1 ? { ...part, path } : { ...part, path, cache },
  );
}

function documentOf({ value, place }: Block): readonly (TextPart | MediaPart)[] {
  reportRest(value, documentKeys, place);
  const wantsCitations = optionalObject(value, 'citations', place.path)?.['enabled'] === true;
  if (wantsCitations) {
    drop(placeAt(place, 'citations'), { feature: 'document-citations', effect: 'answer' });
  }
  const context = optionalString(value, 'context', place.path) ?? '';
  if (context !== '') {
    drop(placeAt(place, 'context'), {
      feature: 'document-context',
      action: 'weakened',
      reason: 'emulated',
      effect: 'hint',
      detail: 'it stands as text before the document',
    });
  }
  const before: readonly TextPart[] = context === '' ? [] : [{ type: 'text', text: context }];
  const source = optionalObject(value, 'source', place.path);
  if (source?.['type'] !== 'content') return [...before, decodeDocument(value, place.path)];
  const content = blocksOf(source, placeAt(place, 'source'));
  const parts = content.flatMap((block) => materialOf(block) ?? dropped(block));
  const text = parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
  const name = optionalString(value, 'title', place.path);
  return [
    ...before,
    ...(text === '' ? [] : [textDocument(text, name)]),
    ...parts.filter((part) => part.type === 'media'),
  ];
}

function textDocument(text: string, name: string | undefined): MediaPart {
  return {
    type: 'media',
    media: 'document',
    mimeType: 'text/plain',
    source: { type: 'text', text },
    ...(name !== undefined && { name }),
  };
}

function searchResultOf({ value, place }: Block): string {
  reportRest(value, searchResultKeys, place);
  if (optionalObject(value, 'citations', place.path)?.['enabled'] === true) {
    drop(placeAt(place, 'citations'), { feature: 'document-citations', effect: 'answer' });
  }
  requiredArray(value, 'content', place.path);
  const texts = blocksOf(value, place).flatMap((block) => textOf(block));
  const title = requiredString(value, 'title', place.path);
  const source = requiredString(value, 'source', place.path);
  return `${title}\n${source}\n\n${texts.map(({ text }) => text).join('\n')}`;
}

function toolResultOf(block: Block): ToolResultPart {
  const { value, place } = block;
  reportRest(value, toolResultKeys, place);
  const content: (TextPart | MediaPart)[] = [];
  let references: string[] = [];
  const flush = (): void => {
    if (references.length > 0) content.push({ type: 'text', text: references.join(', ') });
    references = [];
  };
  for (const inner of blocksOf(value, place)) {
    if (inner.value['type'] === 'tool_reference') {
      references.push(requiredString(inner.value, 'tool_name', inner.place.path));
      continue;
    }
    flush();
    content.push(...(materialOf(inner) ?? dropped(inner)));
  }
  flush();
  const cache = decodeCacheMark(value['cache_control']);
  return {
    type: 'tool-result',
    callId: requiredString(value, 'tool_use_id', place.path),
    isError: optionalBoolean(value, 'is_error', place.path) ?? false,
    content,
    path: place.path,
    ...(cache && { cache }),
  };
}

function addAssistantBlock(parts: SealedParts, block: Block): void {
  const { value, place } = block;
  const kind = kindOf(block);
  switch (kind) {
    case 'text':
      for (const part of textOf(block)) addPart(parts, part);
      return;
    case 'thinking': {
      const text = optionalString(value, 'thinking', place.path) ?? '';
      const data = optionalString(value, 'signature', place.path) ?? '';
      return addThinking(parts, { text, data, path: place.path });
    }
    case 'redacted_thinking': {
      const data = optionalString(value, 'data', place.path) ?? '';
      return addRedacted(parts, { text: '', data, path: place.path });
    }
    case 'tool_use':
      return addPart(parts, toolUseOf(block));
    case 'compaction':
      return addCompaction(parts, block);
    case 'fallback':
      return drop(place, { feature: 'fallback', effect: 'hint' });
    default:
      if (isServerBlock(kind)) return dropServerBlock(kind, place);
      for (const part of materialOf(block) ?? dropped(block)) addPart(parts, part);
  }
}

function toolUseOf({ value, place }: Block): ToolCallPart {
  const isDirect = isObject(value['caller']) && value['caller']['type'] === 'direct';
  reportRest(isDirect ? { ...value, caller: null } : value, toolUseKeys, place);
  const cache = decodeCacheMark(value['cache_control']);
  return {
    type: 'tool-call',
    id: requiredString(value, 'id', place.path),
    name: requiredString(value, 'name', place.path),
    kind: 'function',
    input: stringifyJson(value['input'] ?? {}),
    path: place.path,
    ...(cache && { cache }),
  };
}

/** What the provider did by itself, in a request's history or in an answer. */
export function isServerBlock(kind: string): boolean {
  return /^(server_tool_use|mcp_tool_use|mcp_tool_listing|\w+_tool_result)$/.test(kind);
}

export function dropServerBlock(kind: string, place: Place): void {
  drop(place, {
    feature: 'server-tool',
    effect: 'answer',
    detail: `"${kind}" is left out; the text that the model wrote about it stays`,
  });
}

/** The provider forgets what came before such a block; here both stay, the summary as text. */
function addCompaction(parts: SealedParts, { value, place }: Block): void {
  const summary = optionalString(value, 'content', place.path) ?? '';
  const isReadable = summary !== '';
  if (isReadable) addPart(parts, { type: 'text', text: summary, path: place.path });
  drop(place, {
    feature: 'compaction',
    effect: isReadable ? 'hint' : 'answer',
    action: isReadable ? 'weakened' : 'dropped',
    reason: isReadable ? 'emulated' : 'foreign',
  });
}
