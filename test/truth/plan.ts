/** What is to happen in every exchange of a run: drawn from a seed before anything is sent. */
import { seeded } from '../faults/random.ts';

export type ClientFormat = 'openai-chat' | 'anthropic-messages' | 'gemini';
export type UpstreamFormat = 'openai-chat' | 'anthropic-messages';

/**
 * Whole: `well`, and `recovers` at the second attempt. The client leaves: `at-once`, while the
 * upstream is `thinking`, `mid-stream`, `before-usage` with all of the text, or `after-usage`. The
 * upstream fails: with a status, by a `reset`, or, once something was said, by a `cut` or an `error`.
 */
export type Fate =
  | 'well'
  | 'recovers'
  | 'at-once'
  | 'thinking'
  | 'mid-stream'
  | 'before-usage'
  | 'after-usage'
  | 'status'
  | 'reset'
  | 'cut'
  | 'error';

/** As a provider counts: nothing is in two of them. */
export interface Tokens {
  readonly fresh: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly text: number;
  readonly reasoning: number;
}

export interface Exchange {
  readonly id: string;
  readonly client: ClientFormat;
  readonly upstream: UpstreamFormat;
  readonly stream: boolean;
  readonly fate: Fate;
  /** A stream of Chat Completions tells its usage only to whom asks for it. */
  readonly asksForUsage: boolean;
  readonly pieces: number;
  /** What the upstream would report. */
  readonly tokens: Tokens;
}

export const models: { readonly [format in UpstreamFormat]: string } = {
  'openai-chat': 'gpt-4o',
  'anthropic-messages': 'claude-sonnet-4-5',
};

const clientFormats = ['openai-chat', 'anthropic-messages', 'gemini'] as const;
const upstreamFormats = ['openai-chat', 'anthropic-messages'] as const;

const LEAVING = 0.2;
const FAILING = 0.05;
const RECOVERING = 0.01;

export function drawExchanges(count: number, seed: number): readonly Exchange[] {
  return Array.from({ length: count }, (_, index) => draw(`x${index}x`, seed));
}

function draw(id: string, seed: number): Exchange {
  const chance = seeded('truth', seed, id);
  const client = chance.pick(clientFormats);
  const upstream = chance.pick(upstreamFormats);
  const stream = chance.chance(0.5);
  const isAnthropic = upstream === 'anthropic-messages';
  return {
    id,
    client,
    upstream,
    stream,
    fate: drawFate(chance, stream, client === upstream),
    asksForUsage: chance.chance(0.8),
    pieces: 1 + chance.below(5),
    tokens: {
      fresh: 1 + chance.below(2_000),
      cacheRead: chance.chance(0.3) ? 1 + chance.below(5_000) : 0,
      cacheWrite: isAnthropic && chance.chance(0.3) ? 1 + chance.below(500) : 0,
      text: 1 + chance.below(800),
      reasoning: !isAnthropic && chance.chance(0.3) ? 1 + chance.below(600) : 0,
    },
  };
}

function drawFate(chance: ReturnType<typeof seeded>, stream: boolean, isPassed: boolean): Fate {
  const drawn = chance.next();
  if (drawn < LEAVING) {
    if (!stream) return chance.pick(['at-once', 'thinking']);
    const late = isPassed ? 'after-usage' : 'before-usage';
    return chance.pick(['at-once', 'thinking', 'mid-stream', 'before-usage', late]);
  }
  if (drawn < LEAVING + FAILING) {
    return chance.pick(stream ? ['status', 'reset', 'cut', 'error'] : ['status', 'reset', 'cut']);
  }
  return drawn < LEAVING + FAILING + RECOVERING ? 'recovers' : 'well';
}
