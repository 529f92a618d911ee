/** Text and media of a turn or of a tool's result as content parts, or as one string. */

import { compact } from '../../compact.ts';
import { unsupported } from '../../errors.ts';
import type { CacheMark, MediaPart, TextPart } from '../../ir/part.ts';
import { cacheMarkToWire } from './mappings.ts';
import type { WireInputContent } from './wire.ts';

type Content = string | readonly WireInputContent[];

/** Undefined when there is nothing to say. One plain text is a string, which every server takes. */
export function encodeContent(
  parts: readonly (TextPart | MediaPart)[],
  path: string,
): Content | undefined {
  const said = parts.filter((part) => part.type !== 'text' || part.text !== '');
  const [first, ...others] = said;
  if (first === undefined) return undefined;
  const isPlain = others.length === 0 && first.type === 'text' && first.cache === undefined;
  return isPlain ? first.text : said.map((part) => contentPart(part, part.path ?? path));
}

function contentPart(part: TextPart | MediaPart, path: string): WireInputContent {
  if (part.type === 'text') return textPart(part.text, part.cache);
  const { source, name, cache } = part;
  if (source.type === 'text') {
    return textPart(name === undefined ? source.text : `${name}\n\n${source.text}`, cache);
  }
  if (part.media === 'image') return imagePart(part, path);
  if (part.media === 'document') return filePart(part);
  throw unsupported(path, `${path}: the Responses API takes no ${part.media}`);
}

export function textPart(text: string, cache: CacheMark | undefined): WireInputContent {
  return compact({
    type: 'input_text' as const,
    text,
    prompt_cache_breakpoint: cacheMarkToWire(cache),
  });
}

function imagePart(part: MediaPart, path: string): WireInputContent {
  const { source, mimeType, detail, cache } = part;
  const url = source.type === 'base64' ? dataUrl(mimeType || 'image/png', source.data) : '';
  const address = source.type === 'url' ? source.url : url;
  if (!/^(https?|data):/i.test(address)) {
    throw unsupported(path, `${path}: only http(s) addresses of images are read; base64 works`);
  }
  return compact({
    type: 'input_image' as const,
    image_url: address,
    detail: detail ?? 'auto',
    prompt_cache_breakpoint: cacheMarkToWire(cache),
  });
}

/** A file needs a name where its content is sent, and has its own where its address is. */
function filePart({ source, mimeType, name, cache }: MediaPart): WireInputContent {
  const mark = cacheMarkToWire(cache);
  if (source.type === 'url') {
    return compact({
      type: 'input_file' as const,
      file_url: source.url,
      prompt_cache_breakpoint: mark,
    });
  }
  const type = mimeType || 'application/pdf';
  const usualName = type === 'application/pdf' ? 'document.pdf' : 'document';
  return compact({
    type: 'input_file' as const,
    filename: name ?? usualName,
    file_data: source.type === 'base64' ? dataUrl(type, source.data) : undefined,
    prompt_cache_breakpoint: mark,
  });
}

function dataUrl(mimeType: string, base64: string): string {
  return `data:${mimeType};base64,${base64}`;
}
