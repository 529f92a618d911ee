/** What the scripted provider is told to answer, and what it saw, in words of no format. */
import type { Asked } from '../judge/asked/asked.ts';
import type { JsonObject } from '../judge/json.ts';
import type { FormatId } from '../judge/meaning.ts';

export interface Said {
  readonly reasoning?: string;
  /** The provider's own proof of its reasoning, which has to come back with it. */
  readonly seal?: string;
  /** In the pieces in which it is streamed. */
  readonly text?: readonly string[];
  readonly refusal?: string;
  readonly calls?: readonly SaidCall[];
  readonly finish: 'stop' | 'tools' | 'length' | 'filter';
  readonly usage: SaidUsage;
}

export interface SaidCall {
  readonly name: string;
  readonly input: JsonObject;
}

/** Totals: cached input is part of the input, reasoning is part of the output. */
export interface SaidUsage {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly reasoning: number;
}

export type Reply = Answering | Refusing;

export interface Answering {
  readonly said: Said;
  /** How many bytes are written at once; each event by itself where nothing is said. */
  readonly bytesAtOnce?: number;
  /** Something goes wrong in the middle of a stream: an error event, a reset, an end too early. */
  readonly breaks?: 'error' | 'reset' | 'end';
  /** Waited for after the first piece of the text. */
  readonly hold?: Promise<void>;
}

export interface Refusing {
  readonly status: number;
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

export type Script = (request: Arrived) => Reply;

/** A request that the gateway sent. */
export interface Arrived {
  readonly format: FormatId;
  readonly model: string;
  readonly body: JsonObject;
  /** The body's text. */
  readonly text: string;
  readonly asked: Asked;
  /** Resolves when the gateway leaves before the answer is complete. */
  readonly left: Promise<void>;
}

/** How one format says it. */
export interface Dialect {
  readRequest(body: JsonObject, stream: boolean): Asked;
  whole(said: Said, place: Place): object;
  /** The events of a stream, framed. */
  events(said: Said, place: Place): readonly string[];
  refusal(refusing: Refusing): object;
  /** An error in the middle of a stream. */
  errorEvent(message: string): string;
}

export interface Place {
  readonly model: string;
  /** Counts the answers; ids are made of it. */
  readonly number: number;
}

/** As providers cut what they say: not at the borders of what it means. */
export function pieces(text: string): readonly string[] {
  return text.match(/.{1,7}/gsu) ?? [];
}

export function unnamed(body: object): string {
  return `data: ${JSON.stringify(body)}\n\n`;
}

export function named(body: { readonly type: string; readonly [field: string]: unknown }): string {
  return `event: ${body.type}\n${unnamed(body)}`;
}
