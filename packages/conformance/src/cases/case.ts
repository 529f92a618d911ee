/** What a case is, and what it has at hand for one client and one provider. */
import type { Ask } from '../ask.ts';
import type { Client, Endpoint, Exchange } from '../clients/client.ts';
import type { Arrived, Script } from '../provider/script.ts';

export interface Case<B = Bench> {
  /** In lower-case kebab; `--only` takes it. */
  readonly id: string;
  readonly feature: string;
  /** What is right, in one sentence. */
  readonly title: string;
  /** A gateway may leave the provider alone for a while after it. */
  readonly harms?: true;
  /** Notes problems by `check`, and throws NotApplicable; whatever else it throws is a problem too. */
  run(bench: B): Promise<void>;
}

/** What cases of every mode have. */
export interface Common {
  readonly client: Client;
  readonly provider: ProviderId;
  readonly model: string;
  readonly endpoint: Endpoint;
  check(condition: boolean, problem: string): void;
}

export interface Bench extends Common {
  /** Asks through the gateway; the scripted provider answers by the script. */
  talk(ask: Ask, script: Script, options?: TalkOptions): Promise<Talk>;
}

interface TalkOptions {
  readonly stream?: boolean;
  readonly signal?: AbortSignal;
  readonly onWords?: () => void;
}

export interface Talk extends Exchange {
  /** Every request that the provider saw of it so far, its repetitions too. */
  readonly arrived: readonly Arrived[];
}

/** The vendors' own models, and those that OpenAI serves by Responses alone. */
export type ProviderId = 'openai' | 'responses' | 'anthropic' | 'gemini';

export const providerIds: readonly ProviderId[] = ['openai', 'responses', 'anthropic', 'gemini'];

/** Nothing can be said about this client and this provider; why, in words. */
export class NotApplicable extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'NotApplicable';
  }
}
