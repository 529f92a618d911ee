/** What is to happen in every exchange of the run that metrics, log and usage are held against. */
import { seeded } from '../faults/random.ts';
import type { ClientFormat, Tokens } from './plan.ts';

/** What an upstream does with one attempt. After `hold` and `begin` it waits until it is left. */
export type Act =
  | 'serve'
  | '400'
  | '429'
  | '500'
  | '503'
  | 'reset'
  | 'garble'
  | 'hold'
  | 'begin'
  | 'cut'
  | 'error';

/** When the client leaves: with its request out, in whole or in part, or with the upstream at work. */
type Leave = 'at-once' | 'half-sent' | 'thinking' | 'mid-stream';

/** What keeps a request from any upstream. */
type Flaw =
  | 'no-key'
  | 'unknown-key'
  | 'no-json'
  | 'no-model'
  | 'unknown-model'
  | 'unknown-path'
  | 'wrong-method';

export type KeyName = 'team-a' | 'team-b' | 'limited';

export interface Trip {
  /** In its prompt, and its request id. */
  readonly id: string;
  readonly client: ClientFormat;
  readonly model: string;
  readonly stream: boolean;
  /** One an attempt; the last one again and again. */
  readonly acts: readonly Act[];
  readonly leave: Leave | undefined;
  readonly flaw: Flaw | undefined;
  /** The upstream goes on when the client has heard the beginning, so that two reads are certain. */
  readonly isPaced: boolean;
  readonly asksForUsage: boolean;
  /** Asks for what Anthropic cannot do. */
  readonly isLossy: boolean;
  readonly key: KeyName;
  readonly user: string | undefined;
  readonly tokens: Tokens;
}

export const models: Readonly<Record<ClientFormat, string>> = {
  'openai-chat': 'gpt-4o',
  'anthropic-messages': 'claude-sonnet-4-5',
  gemini: 'gemini-2.5-flash',
};

/** Its first channel is a port on which nobody listens, its second one is as that of `gpt-4o`. */
export const DEAD_MODEL = 'stranded-1';

const clientFormats = ['openai-chat', 'anthropic-messages', 'gemini'] as const;
const flaws: readonly Flaw[] = [
  'no-key',
  'unknown-key',
  'no-json',
  'no-model',
  'unknown-model',
  'unknown-path',
  'wrong-method',
];
const failures: readonly Act[] = ['429', '500', '503', 'reset', 'garble'];
const NOBODY = '';
const users = ['alice', 'bob', 'carol', 'greedy', NOBODY] as const;

type Chance = ReturnType<typeof seeded>;

export function drawTrips(count: number, seed: number): readonly Trip[] {
  return Array.from({ length: count }, (_, index) => draw(`x${index}x`, seed));
}

function draw(id: string, seed: number): Trip {
  const chance = seeded('traffic', seed, id);
  const client = chance.pick(clientFormats);
  const isDead = chance.chance(0.02);
  const upstream = isDead ? 'openai-chat' : chance.pick(clientFormats);
  const stream = chance.chance(0.5);
  const fate = drawFate(chance, stream);
  const isChat = client === 'openai-chat';
  // A client that leaves is refused nothing, so that what becomes of it is known.
  const key = chance.pick(['team-a', 'team-b'] as const);
  const isLimited = fate.leave === undefined && chance.chance(0.02);
  const isNamed = fate.leave === undefined && !isLimited && chance.chance(0.3);
  const user = isNamed ? chance.pick(users) : id;
  return {
    id,
    client,
    model: isDead ? DEAD_MODEL : models[upstream],
    stream,
    ...fate,
    isPaced: chance.chance(0.5),
    asksForUsage: chance.chance(0.8),
    isLossy: isChat && upstream === 'anthropic-messages' && chance.chance(0.3),
    key: isLimited ? 'limited' : key,
    user: user === NOBODY ? undefined : user,
    tokens: {
      fresh: 1 + chance.below(2_000),
      cacheRead: chance.chance(0.3) ? 1 + chance.below(5_000) : 0,
      cacheWrite:
        upstream === 'anthropic-messages' && chance.chance(0.3) ? 1 + chance.below(500) : 0,
      text: 1 + chance.below(800),
      reasoning:
        upstream !== 'anthropic-messages' && chance.chance(0.3) ? 1 + chance.below(600) : 0,
    },
  };
}

type Fate = Pick<Trip, 'acts' | 'leave' | 'flaw'>;

const LEAVING = 0.12;
const FLAWED = 0.1;
const FAILING = 0.02;
const RECOVERING = 0.04;
const REFUSED = 0.02;
const BROKEN = 0.04;

function drawFate(chance: Chance, stream: boolean): Fate {
  const of = (acts: readonly Act[], leave?: Leave): Fate => ({ acts, leave, flaw: undefined });
  let drawn = chance.next();
  const is = (share: number): boolean => {
    drawn -= share;
    return drawn < 0;
  };
  if (is(LEAVING)) {
    const leave = chance.pick<Leave>(['at-once', 'half-sent', 'thinking', 'mid-stream']);
    return leave === 'mid-stream' && stream ? of(['begin'], leave) : of(['hold'], early(leave));
  }
  if (is(FLAWED)) return { ...of(['serve']), flaw: chance.pick(flaws) };
  if (is(FAILING)) return of([chance.pick(failures)]);
  if (is(RECOVERING)) return of([chance.pick(failures), 'serve']);
  if (is(REFUSED)) return of(['400']);
  if (stream && is(BROKEN)) return of([chance.pick<Act>(['cut', 'error'])]);
  return of(['serve']);
}

/** An answer that is no stream cannot be left in its middle. */
function early(leave: Leave): Leave {
  return leave === 'mid-stream' ? 'thinking' : leave;
}
