/** What a request asks for, whatever format says it. */
import { createHash } from 'node:crypto';
import type { Json } from '../json.ts';

export interface Asked {
  /** All instructions in their order, those in the middle of the conversation too. */
  readonly system: readonly string[];
  readonly turns: readonly AskedTurn[];
  readonly tools: readonly AskedTool[];
  /** Tools that the provider runs, or that only its own models know. */
  readonly serverTools: readonly string[];
  readonly choice: AskedChoice;
  readonly sampling: AskedSampling;
  readonly outputTokensMax: number | undefined;
  readonly stop: readonly string[];
  readonly output: AskedOutput | undefined;
  readonly reasoning: AskedReasoning;
  readonly candidates: number;
  readonly logprobs: boolean;
  readonly stream: boolean;
  /** Other things that a target may have to refuse, by name. */
  readonly needs: readonly string[];
}

/** One stretch of one side: neighbours of the same role are one turn, and results belong to the user. */
export interface AskedTurn {
  readonly role: 'user' | 'assistant';
  readonly pieces: readonly string[];
  readonly media: readonly AskedMedia[];
  readonly calls: readonly AskedCall[];
  readonly results: number;
  /** Something stands here that another format can only paraphrase, so words may be added. */
  readonly loose: boolean;
}

export interface AskedCall {
  readonly name: string;
  readonly arguments: Json;
  readonly result: AskedResult | undefined;
}

export interface AskedResult {
  readonly text: string;
  readonly failed: boolean;
  readonly media: readonly AskedMedia[];
}

export interface AskedMedia {
  readonly media: 'image' | 'audio' | 'video' | 'document';
  readonly source: 'bytes' | 'url' | 'file';
  /** SHA-256 of the bytes, or the address. */
  readonly key: string;
  readonly mime: string;
  /** The text of a text document. */
  readonly text: string | undefined;
}

export interface AskedTool {
  readonly name: string;
  readonly description: string;
  readonly properties: readonly string[];
  readonly custom: boolean;
}

export interface AskedChoice {
  readonly mode: 'auto' | 'none' | 'required';
  /** Empty: any tool. */
  readonly names: readonly string[];
  readonly single: boolean;
}

export interface AskedSampling {
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly topK: number | undefined;
  readonly presencePenalty: number | undefined;
  readonly frequencyPenalty: number | undefined;
  readonly seed: number | undefined;
}

interface AskedOutput {
  readonly type: 'json' | 'schema';
  readonly properties: readonly string[];
}

/** `on`: an effort or a budget was named. */
type AskedReasoning = 'on' | 'off' | 'unsaid';

export function mediaOfBytes(media: AskedMedia['media'], mime: string, base64: string): AskedMedia {
  const bytes = Buffer.from(base64, 'base64');
  const key = createHash('sha256').update(bytes).digest('hex');
  const isText = mime.startsWith('text/') || mime === 'application/json';
  return { media, source: 'bytes', key, mime, text: isText ? bytes.toString('utf8') : undefined };
}

export function mediaOfText(text: string): AskedMedia {
  return mediaOfBytes('document', 'text/plain', Buffer.from(text).toString('base64'));
}

export function mediaKind(mime: string): AskedMedia['media'] {
  const [family] = mime.split('/');
  return family === 'image' || family === 'audio' || family === 'video' ? family : 'document';
}

/** Reads `data:<mime>;base64,<data>`; undefined for any other address. */
export function readDataUrl(
  url: string,
): { readonly mime: string; readonly data: string } | undefined {
  const match = /^data:([^;,]*)(?:;[^,]*)?,(.*)$/s.exec(url);
  return match === null ? undefined : { mime: match[1] ?? '', data: match[2] ?? '' };
}
