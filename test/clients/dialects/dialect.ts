/** How a scripted provider speaks: what it reads in a request, what it insists on, and how it answers. */
import { type JsonObject, objectsOf, textOf } from '../../replay/json.ts';

export interface Call {
  readonly id: string;
  readonly name: string;
  readonly input: JsonObject;
}

export interface ToolResult {
  /** That of its call; undefined where the format has none. */
  readonly id: string | undefined;
  readonly text: string;
}

export interface Picture {
  readonly mediaType: string;
  readonly base64: string;
}

export interface Asked {
  readonly streams: boolean;
  readonly toolNames: readonly string[];
  /** What the user said last. */
  readonly prompt: string;
  readonly pictures: readonly Picture[];
  readonly results: readonly ToolResult[];
  /** Those since the user spoke last. */
  readonly latestResults: readonly ToolResult[];
  /** Whether an answer by a JSON schema is wanted. */
  readonly wantsSchema: boolean;
  /** Whether it may reason in this request, with a seal that has to come back. */
  readonly reasons: boolean;
  /** Whether its reasoning is to be shown. */
  readonly shows: boolean;
  /** Its own seals that came back. */
  readonly seals: number;
  /** Whether each call since the user spoke last has come back with the seal of its step. */
  readonly latestStepsSealed: readonly boolean[];
}

export interface Answer {
  /** Undefined: it did not think. The text is empty where it is not shown. */
  readonly thought?: string | undefined;
  readonly pieces?: readonly string[] | undefined;
  readonly calls?: readonly Call[] | undefined;
}

export type ErrorStatus = 400 | 401 | 429;

export interface Refusal {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

export interface Dialect {
  read(request: JsonObject, path: string): Asked;
  /** Why the vendor refuses the request; undefined: it does not. */
  problem(request: JsonObject): string | undefined;
  /** What the vendor keeps of an answer, each with an id. */
  keeps?(answer: Answer): readonly JsonObject[];
  /** The request with what was kept, by its id, in place of references. */
  recall?(request: JsonObject, kept: ReadonlyMap<string, JsonObject>): JsonObject;
  stream(answer: Answer): readonly string[];
  whole(answer: Answer): object;
  refuse(status: ErrorStatus, message: string): Refusal;
}

/** Of every answer, in each dialect. */
export const turnTokens = { input: 100, output: 20 } as const;

/** Of every refusal that says when to come again. */
export const RETRY_AFTER_SECONDS = 7;

/** What a vendor seals its reasoning with: it knows its own, and what it was made for. */
export function sealOf(vendor: string, subject: string): string {
  return Buffer.from(`${vendor} sealed ${subject}`).toString('base64');
}

/** The order in which a client writes the members of an object means nothing. */
export function canonical(value: JsonObject): string {
  return JSON.stringify(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

export const dataEvent = (body: object): string => `data: ${JSON.stringify(body)}\n\n`;
export const namedEvent = (type: string, fields: object): string =>
  `event: ${type}\n${dataEvent({ type, ...fields })}`;

/** As providers do it: not at the borders of what it says. */
export function halves(text: string): readonly [string, string] {
  const middle = Math.floor(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)];
}

/** Text, or a list of parts of which some are text. */
export function plain(content: JsonObject[string] | undefined): string {
  if (typeof content === 'string') return content;
  return objectsOf(content)
    .map(({ text }) => textOf(text))
    .join('');
}

/** The picture of a `data:` address. */
export function pictureOf(url: string): Picture {
  const { mediaType = '', base64 = '' } =
    /^data:(?<mediaType>[^;]+);base64,(?<base64>.*)$/.exec(url)?.groups ?? {};
  return { mediaType, base64 };
}

/** What comes after the last entry that `isPrompt`, and that entry. */
export function sinceLast<Entry>(
  entries: readonly Entry[],
  isPrompt: (entry: Entry) => boolean,
): readonly [Entry | undefined, readonly Entry[]] {
  const at = entries.findLastIndex(isPrompt);
  return [entries[at], entries.slice(at + 1)];
}
