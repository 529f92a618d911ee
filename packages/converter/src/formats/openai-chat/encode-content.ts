/** Text and media of a turn as content parts, or as one string where that says the same. */

import { compact } from '../../compact.ts';
import { unsupported } from '../../errors.ts';
import type { MediaPart, TextPart } from '../../ir/part.ts';
import { cacheMarkToWire } from './mappings.ts';
import type { WireContentPart } from './wire.ts';

type Content = string | readonly WireContentPart[];

/** Between texts that become one string, since there they no longer stand apart. */
const TEXT_SEPARATOR = '\n\n';

/**
 * Undefined when there is nothing to say. Text alone becomes one string: several compatible servers
 * (DeepSeek among them) refuse a list, and nothing but a cache mark needs one.
 */
export function encodeContent(
  parts: readonly (TextPart | MediaPart)[],
  path: string,
): Content | undefined {
  const [first] = parts;
  const isPlain = parts.length === 1 && first?.type === 'text' && first.cache === undefined;
  if (isPlain) return first.text === '' ? undefined : first.text;
  const said = withoutBlanks(parts);
  if (said.length === 0) return undefined;
  const texts = said.filter((part) => part.type === 'text');
  if (texts.length === said.length && texts.every(({ cache }) => cache === undefined)) {
    return texts.map(({ text }) => text).join(TEXT_SEPARATOR);
  }
  return said.map((part) =>
    part.type === 'text' ? textPart(part) : mediaPart(part, part.path ?? path),
  );
}

/** Blank text beside other parts says nothing, and strict servers refuse it. */
function withoutBlanks(
  parts: readonly (TextPart | MediaPart)[],
): readonly (TextPart | MediaPart)[] {
  const said = parts.filter((part) => part.type !== 'text' || part.text.trim() !== '');
  if (said.length > 0) return said;
  return parts.filter((part) => part.type === 'text' && part.text !== '').slice(0, 1);
}

export function textPart({ text, cache }: Pick<TextPart, 'text' | 'cache'>): WireContentPart {
  return compact({
    type: 'text' as const,
    text,
    prompt_cache_breakpoint: cacheMarkToWire(cache),
  });
}

function mediaPart(part: MediaPart, path: string): WireContentPart {
  if (part.source.type === 'text') {
    const title = part.name === undefined ? '' : `${part.name}\n\n`;
    return textPart({ text: title + part.source.text, cache: part.cache });
  }
  if (part.media === 'image') return imagePart(part, path);
  if (part.media === 'audio') return audioPart(part, path);
  if (part.media === 'document') return filePart(part, path);
  throw unsupported(path, `${path}: Chat Completions takes no video`);
}

/** Of images the address goes; video has no place at all. */
export function needsBytes({ media, source }: MediaPart): boolean {
  const isTaken = media === 'audio' || media === 'document';
  return isTaken && source.type === 'url' && /^https?:/i.test(source.url);
}

function imagePart(part: MediaPart, path: string): WireContentPart {
  const { source, mimeType, detail, cache } = part;
  const url = source.type === 'base64' ? dataUrl(mimeType || 'image/png', source.data) : '';
  const address = source.type === 'url' ? source.url : url;
  if (!/^(https?|data):/i.test(address)) {
    throw unsupported(path, `${path}: only http(s) addresses of images are read; base64 works`);
  }
  return compact({
    type: 'image_url' as const,
    image_url: compact({ url: address, detail }),
    prompt_cache_breakpoint: cacheMarkToWire(cache),
  });
}

const audioFormats: ReadonlyMap<string, 'wav' | 'mp3'> = new Map([
  ['audio/wav', 'wav'],
  ['audio/x-wav', 'wav'],
  ['audio/wave', 'wav'],
  ['audio/mpeg', 'mp3'],
  ['audio/mp3', 'mp3'],
]);

function audioPart({ source, mimeType, cache }: MediaPart, path: string): WireContentPart {
  if (source.type !== 'base64') {
    throw unsupported(path, `${path}: an address of audio is not read; base64 works`);
  }
  const format = audioFormats.get(mimeType);
  if (format === undefined) {
    throw unsupported(path, `${path}: audio must be wav or mp3, not "${mimeType}"`);
  }
  return compact({
    type: 'input_audio' as const,
    input_audio: { data: source.data, format },
    prompt_cache_breakpoint: cacheMarkToWire(cache),
  });
}

function filePart({ source, mimeType, name, cache }: MediaPart, path: string): WireContentPart {
  if (source.type !== 'base64') {
    throw unsupported(path, `${path}: an address of a document is not read; base64 works`);
  }
  const type = mimeType || 'application/pdf';
  return compact({
    type: 'file' as const,
    // OpenAI refuses a file without a name.
    file: {
      filename: name ?? (type === 'application/pdf' ? 'document.pdf' : 'document'),
      file_data: dataUrl(type, source.data),
    },
    prompt_cache_breakpoint: cacheMarkToWire(cache),
  });
}

export function dataUrl(mimeType: string, base64: string): string {
  return `data:${mimeType};base64,${base64}`;
}
