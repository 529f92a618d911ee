/** Reads a whole answer. */
import { ConversionError, invalidUpstream } from '../../errors.ts';
import type { Part, TextPart } from '../../ir/part.ts';
import type { ChatResponse } from '../../ir/response.ts';
import { isObject, type JsonObject, stringifyJson } from '../../json.ts';
import type { Report } from '../../loss.ts';
import { decodeCitation } from './citations.ts';
import { dropServerBlock, isServerBlock } from './decode-content.ts';
import { errorInBody } from './errors.ts';
import { drop, type Place } from './losses.ts';
import { decodeFinish, decodeUsage } from './mappings.ts';
import { genuineSeal } from './seals.ts';

export function decodeResponse(body: JsonObject, report: Report): ChatResponse {
  const error = errorInBody(body);
  if (error !== undefined) throw new ConversionError(error);
  const { content } = body;
  if (!Array.isArray(content)) {
    throw invalidUpstream('the upstream answered without any content');
  }
  const parts = content.flatMap((block, index) =>
    isObject(block) ? decodeBlock(block, { path: `content[${index}]`, report }) : [],
  );
  const hasToolCall = parts.some(({ type }) => type === 'tool-call');
  return {
    id: text(body['id']),
    model: text(body['model']),
    candidates: [{ parts, finish: decodeFinish(body, hasToolCall) }],
    usage: decodeUsage(body['usage']),
  };
}

function decodeBlock(block: JsonObject, place: Place): readonly Part[] {
  switch (block['type']) {
    case 'text':
      return decodeText(block, place);
    case 'thinking': {
      const seal = genuineSeal(block['signature'], 'signature');
      return [{ type: 'reasoning', text: text(block['thinking']), ...(seal && { seal }) }];
    }
    case 'redacted_thinking': {
      const seal = genuineSeal(block['data'], 'redacted');
      return seal === undefined ? [] : [{ type: 'reasoning', text: '', seal }];
    }
    case 'tool_use': {
      const { id, name, input } = block;
      const json = typeof input === 'string' ? input : stringifyJson(input ?? {});
      return [{ type: 'tool-call', id: text(id), name: text(name), kind: 'function', input: json }];
    }
    default:
      dropAnswerBlock(block['type'], place);
      return [];
  }
}

function decodeText(block: JsonObject, place: Place): readonly TextPart[] {
  const words = text(block['text']);
  const wire = Array.isArray(block['citations']) ? block['citations'] : [];
  const citations = wire.flatMap((citation) => decodeCitation(citation, words.length) ?? []);
  if (citations.length < wire.length) dropDocumentCitations(place);
  if (words === '') return [];
  return [{ type: 'text', text: words, ...(citations.length > 0 && { citations }) }];
}

export function dropDocumentCitations(place: Place): void {
  drop(place, {
    feature: 'document-citations',
    effect: 'hint',
    detail: 'places in documents have no counterpart; the text stays',
  });
}

/** What an answer holds beside the model's own words, thoughts and calls. */
export function dropAnswerBlock(type: unknown, place: Place): void {
  const kind = text(type);
  if (isServerBlock(kind)) return dropServerBlock(kind, place);
  const isMarker = kind === 'fallback';
  drop(place, {
    feature: 'content-block',
    effect: isMarker ? 'hint' : 'answer',
    reason: 'unknown',
    detail: `"${kind}" has no meaning here`,
  });
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
