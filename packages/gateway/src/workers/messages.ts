/** What the process and its workers say to each other. */
import type { MessagePort } from 'node:worker_threads';
import type { JsonValue } from 'ai-api-converter';
import type { FailureCode } from '../model/errors.ts';
import type { Settings } from '../model/settings.ts';
import type { Shared } from '../shared.ts';

/** What a worker is started with. */
export interface WorkerStart {
  readonly settings: Settings;
  readonly shared: Shared;
  readonly mayNarrow: boolean;
  /** By which it asks for what the machine keeps of answers; undefined: nothing. */
  readonly responses: MessagePort | undefined;
}

export type Question =
  | { readonly ask: 'page' }
  | { readonly ask: 'readiness' }
  | { readonly ask: 'explain'; readonly question: JsonValue }
  | { readonly ask: 'reload'; readonly settings: Settings }
  | { readonly ask: 'close' };

export interface Asked {
  readonly id: number;
  readonly question: Question;
}

export interface Failure {
  readonly message: string;
  /** Of a GatewayError. */
  readonly code: FailureCode | undefined;
}

export type Told =
  /** It serves. */
  | { readonly tell: 'ready'; readonly proxyPort: number; readonly host: string }
  /** Whole lines of the log, the last one without its end. */
  | { readonly tell: 'log'; readonly lines: string }
  | { readonly tell: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly tell: 'failure'; readonly id: number; readonly failure: Failure };
