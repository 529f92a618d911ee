/** The adapt stage's contract: whom a request is for, what that model can do, what comes back. */

import type { MediaPart } from '../ir/part.ts';
import type { ChatRequest, Effort } from '../ir/request.ts';
import type { Report } from '../loss.ts';

export interface Target {
  /** Id of the upstream's format. */
  readonly format: string;
  /** The model as the upstream knows it. */
  readonly model: string;
  /** Overrides what the tables say of the model. */
  readonly capabilities?: Partial<Capabilities> | undefined;
}

export interface Adapted {
  readonly request: ChatRequest;
  readonly restoration: Restoration;
}

/** Undone on the way back, before the client half sees the answer. */
export interface Restoration {
  /** Names as the upstream knows them, to names as the client knows them. */
  readonly toolNames: ReadonlyMap<string, string>;
  /** Client names of custom tools that the upstream sees as functions with one string `input`. */
  readonly customTools: ReadonlySet<string>;
  /**
   * Client names of tools whose schema was wrapped as `{input: …}` because its root was no object;
   * the output tool stands here under its own name.
   */
  readonly wrappedTools: ReadonlySet<string>;
  /** Name (upstream's) of the tool that stands for structured output; its calls are the answer's text. */
  readonly outputTool: string | undefined;
}

/** A restoration while the rules still add to it. */
interface RestorationDraft {
  readonly toolNames: Map<string, string>;
  readonly customTools: Set<string>;
  readonly wrappedTools: Set<string>;
  outputTool: string | undefined;
}

/** What a rule may look at beside the request. */
export interface Situation {
  readonly target: Target;
  readonly can: Capabilities;
  readonly report: Report;
  readonly restoration: RestorationDraft;
}

/** Fits one aspect; hands the same object back when nothing was to do. */
export type Rule = (request: ChatRequest, situation: Situation) => ChatRequest;

/** What one model takes through one format, as plain data that a configuration may override. */
export interface Capabilities {
  /** Most tokens that one answer may have; undefined: not known. */
  readonly outputTokensMax: number | undefined;
  /** What to ask for when the client set no bound; undefined: the format does not require one. */
  readonly outputTokensDefault: number | undefined;
  readonly toolsMax: number | undefined;

  readonly rejects: readonly SamplingFeature[];
  /** Rejected only while the model reasons. */
  readonly rejectsWhenReasoning: readonly SamplingFeature[];
  readonly temperatureMax: number;
  readonly temperatureExcludesTopP: boolean;
  readonly stopMax: number | undefined;
  readonly blankStop: boolean;

  readonly reasoning: ReasoningSupport;
  /** What becomes of reasoning in the history: `sealed` parts alone go back, all text does, none does. */
  readonly reasoningHistory: 'sealed' | 'echoed' | 'dropped';
  /** The model seals its reasoning, so that it can be sent back, only where the request asks for it. */
  readonly sealsOnRequest: boolean;
  /** Stands on a tool call in place of a signature that is required but lost. */
  readonly sealSubstitute: string | undefined;

  readonly forcedToolChoice: 'any' | 'without-reasoning' | 'never';
  readonly parallelControl: boolean;
  readonly toolNames: NameGrammar;
  /** `plain-object`: the root may not be a union either. */
  readonly toolSchemaRoot: 'object' | 'plain-object';
  /** Which schemas a strict tool may have; `never`: there is no strict. */
  readonly strictTools: 'any' | 'openai' | 'anthropic' | 'never';
  readonly customTools: boolean;
  readonly searchWithFunctions: boolean;

  readonly output: OutputSupport;

  readonly systemRole: 'system' | 'developer';
  /** `user`: there is no system text; it goes before the first user turn. */
  readonly systemPlace: 'own' | 'user';
  /** System turns may stand in the middle of the conversation. */
  readonly systemTurns: boolean;

  /** Turns of one role in a row are one turn, and the first is the user's. */
  readonly alternatingTurns: boolean;
  readonly turnNames: boolean;
  /** Text of nothing but white space; `alone`: only beside other text. */
  readonly blankText: 'any' | 'alone' | 'never';
  /** A conversation may end with words put into the model's mouth. */
  readonly prefill: 'yes' | 'unsure' | 'without-reasoning' | 'never';

  readonly mediaInToolResults: boolean;
  readonly imageDetails: readonly NonNullable<MediaPart['detail']>[];
  /** Prompt-cache breakpoints of one request. */
  readonly cacheMarksMax: number;
}

export type SamplingFeature =
  | 'temperature'
  | 'topP'
  | 'topK'
  | 'presencePenalty'
  | 'frequencyPenalty'
  | 'seed'
  | 'stop'
  | 'logitBias'
  | 'logprobs';

export interface NameGrammar {
  readonly charactersMax: number;
  /** Allowed beside letters and digits. */
  readonly marks: string;
  /** Starts with a letter or underscore. */
  readonly wordStart: boolean;
}

export interface ReasoningSupport {
  /** Accepted efforts in rising order; empty: there is no such control. */
  readonly efforts: readonly Effort[];
  /** Bounds of a token budget; undefined: there is no such control. */
  readonly budget?: { readonly min: number; readonly max: number } | undefined;
  /** The budget must stay below the bound of the whole answer. */
  readonly budgetWithinOutput: boolean;
  /** `unknown`: nobody can say; the request is left without any wish. */
  readonly off: 'yes' | 'no' | 'unknown';
  /** The model reasons when nothing is said. */
  readonly byDefault: boolean;
  /** Reasoning can be asked for without saying how much. */
  readonly plainOn: boolean;
  /** Rejected together with function tools. */
  readonly withTools: boolean;
  /** A budget requires that the last turn that called tools starts with sealed reasoning. */
  readonly budgetNeedsSeals: boolean;
  /** Its text is asked for unless the client does not want it. */
  readonly shownByDefault: boolean;
}

export interface OutputSupport {
  readonly json: boolean;
  /** Plain JSON is refused unless the prompt contains the word. */
  readonly jsonNeedsWord: boolean;
  /** Whose limits a schema must meet; `none`: the model takes no schema. */
  readonly schema: 'openai' | 'anthropic' | 'gemini' | 'none';
  /** Beside function tools; `auto`: only while calls are the model's choice. */
  readonly withFunctions: 'any' | 'auto' | 'never';
}
