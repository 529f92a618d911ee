/**
 * The neutral form of a stream, noun-verb.
 *
 * Order: `message-start` first; every `*-start` has its `*-end`; a candidate's `finish` comes after
 * its ends; exactly one of `message-end` and `stream-error` comes last. `index` counts the parts of
 * one candidate, dense from 0 in order of start. Deltas of different open parts may interleave.
 */
import type { Citation, MediaPart, Seal, TokenLogprob } from './part.ts';
import type { ApiError, Finish, Usage } from './response.ts';

interface Place {
  readonly candidate: number;
  readonly index: number;
}

export type StreamPart =
  | {
      readonly type: 'message-start';
      readonly id: string;
      readonly model: string;
      readonly usage?: Usage | undefined;
    }
  | ({ readonly type: 'text-start' } & Place)
  | ({
      readonly type: 'text-delta';
      readonly text: string;
      readonly logprobs?: readonly TokenLogprob[] | undefined;
    } & Place)
  | ({
      readonly type: 'text-end';
      readonly citations?: readonly Citation[] | undefined;
      readonly seal?: Seal | undefined;
    } & Place)
  | ({ readonly type: 'reasoning-start' } & Place)
  | ({ readonly type: 'reasoning-delta'; readonly text: string } & Place)
  | ({ readonly type: 'reasoning-end'; readonly seal?: Seal | undefined } & Place)
  | ({ readonly type: 'refusal-start' } & Place)
  | ({ readonly type: 'refusal-delta'; readonly text: string } & Place)
  | ({ readonly type: 'refusal-end' } & Place)
  | ({
      readonly type: 'tool-call-start';
      readonly id: string;
      readonly name: string;
      readonly kind: 'function' | 'custom';
      readonly seal?: Seal | undefined;
    } & Place)
  | ({ readonly type: 'tool-call-delta'; readonly input: string } & Place)
  | ({
      readonly type: 'tool-call-end';
      /** The stream failed inside the call: its input is a torso that nobody may act upon. */
      readonly cut?: true | undefined;
    } & Place)
  | ({ readonly type: 'media'; readonly part: MediaPart } & Place)
  | { readonly type: 'finish'; readonly candidate: number; readonly finish: Finish }
  | { readonly type: 'message-end'; readonly usage?: Usage | undefined }
  | { readonly type: 'stream-error'; readonly error: ApiError }
  | { readonly type: 'ping' };

export type Emit = (part: StreamPart) => void;
