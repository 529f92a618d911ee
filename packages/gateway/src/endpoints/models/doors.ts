/** Whose client asks for a list, or for one model: by path, and where several share it, by headers. */
import { anthropicMessages, type Format, formats, gemini, openaiChat } from 'ai-api-converter';
import type { RawRequest } from '../../model/http.ts';

export interface ListDoor {
  readonly format: Format;
  /** Undefined: all. */
  readonly id: string | undefined;
}

const paths =
  /^(?<versions>(?:\/v1(?:alpha|beta1?)?){0,2})(?<openai>\/openai(?:\/v1)?)?\/models(?:\/(?<id>.+?))?\/?$/;

/** `:generateContent` and its like; ids of models have colons too. */
const METHOD = /:[a-z]+[A-Z]\w*$/;

export function listDoorOf(raw: RawRequest): ListDoor | undefined {
  const groups = paths.exec(raw.path)?.groups;
  if (groups === undefined) return undefined;
  const { versions = '', openai, id } = groups;
  const name = id === undefined ? undefined : decoded(id);
  if (name !== undefined && METHOD.test(name)) return undefined;
  if (openai !== undefined) return { format: openaiChat, id: name };
  const format = /alpha|beta/.test(versions) ? gemini : formatByHeaders(raw);
  return { format, id: name?.replace(/^models\//, '') };
}

function formatByHeaders(raw: RawRequest): Format {
  const probe = { ...raw, body: undefined };
  const marked = [anthropicMessages, gemini].find(
    ({ client }) => client.recognize(probe).header() !== undefined,
  );
  if (marked !== undefined) return marked;
  // Each vendor's own place for a key.
  if (raw.header('x-api-key') !== undefined) return anthropicMessages;
  if (raw.query.get('key') !== null) return gemini;
  return formats[0] ?? openaiChat;
}

function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
