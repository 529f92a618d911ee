/** How an imitation of Chat Completions differs from OpenAI's own, as data. */
import type { JsonObject } from 'ai-api-converter';

export interface Imitation {
  /** Host names; what ends in one of them after a dot is meant too. Empty: anyone else. */
  readonly hosts: readonly string[];
  /** Fields of the body that it has under another name. */
  readonly renamed: { readonly [field: string]: string };
  /** Fields of the body that it refuses, or does not know while the answer depends on them. */
  readonly dropped: readonly string[];
  /** The same of its messages. */
  readonly message: {
    readonly renamed: { readonly [field: string]: string };
    readonly dropped: readonly string[];
  };
  /** The efforts of reasoning that it knows; others become the nearest of them. */
  readonly efforts: readonly Effort[];
  /** The fields that switch reasoning off, and those that switch it on beside an effort. */
  readonly reasoningOff: JsonObject;
  readonly reasoningOn?: JsonObject;
  /** `asked`: it has no schemas of output; the model is told to keep to one. */
  readonly schema: 'native' | 'asked';
  /** Stands in for reasoning that must be sent back with what the assistant said, and is not there. */
  readonly reasoningSubstitute?: string;
  /** The only length that an id of a tool call may have, in letters and digits. */
  readonly callIdLength?: number;
  /** `user-after-assistant`: a user never speaks right after a tool. `alternating`: nor after a user. */
  readonly turns: 'free' | 'user-after-assistant' | 'alternating';
}

export type Effort = 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';
