/** Which channel is asked next, and what is said when none can be. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRegistry } from '../channels/registry.ts';
import { compileChannel } from '../control-plane/channels.ts';
import { compileRoutes } from '../control-plane/routes.ts';
import type { ChannelHealth, Obstacle, ParkReason } from '../model/channel.ts';
import { type ChannelSettings, defaultSettings, type RouteSettings } from '../model/settings.ts';
import { channelSettings, routeSettings } from '../model/testing/settings.ts';
import { askerAt, targetAt } from './candidates.ts';
import {
  type Choice,
  createChoice,
  freeAtMs,
  nextChannel,
  noteFailed,
  noteUnfit,
  refusalOf,
  type Seeker,
} from './choose.ts';
import type { Retry } from './classify.ts';

const NOW_MS = 10_000;

interface Member extends Partial<ChannelSettings> {
  readonly obstacle?: Obstacle;
  readonly mayRetry?: boolean;
}

function parked(reason: ParkReason, forMs: number, ofClient = false): Obstacle {
  return { type: 'parked', reason, untilMs: NOW_MS + forMs, ofClient };
}

function broken(forMs: number): Obstacle {
  return { type: 'broken', untilMs: NOW_MS + forMs };
}

interface Bench {
  readonly choice: Choice;
  /** The next channel's id, or undefined. */
  next(): string | undefined;
  fails(retry: Retry): void;
}

interface Options {
  readonly route?: Partial<RouteSettings>;
  readonly seeker?: Partial<Seeker>;
}

/** A route over the members in their order. */
function bench(members: { readonly [id: string]: Member }, options: Options = {}): Bench {
  const registry = createRegistry(() => {});
  const named = Object.entries(members).map(([id, { obstacle, mayRetry = true, ...rest }]) => {
    const settings = channelSettings(id, rest);
    const channel = compileChannel(settings, defaultSettings, registry);
    const health: ChannelHealth = {
      ...channel.health,
      obstacle: () => obstacle,
      mayRetry: () => mayRetry,
    };
    return { settings, channel: { ...channel, health } };
  });
  const { fallback = [] } = options.route ?? {};
  const ids = Object.keys(members).filter((id) => !fallback.includes(id));
  const route = compileRoutes([routeSettings(ids, options.route)], named).find('gpt-4o');
  const choice = createChoice(
    { route, model: 'gpt-4o' },
    {
      stream: false,
      credential: { scheme: 'bearer', secret: "client's" },
      conversation: undefined,
      affinity: undefined,
      ...options.seeker,
    },
  );
  let last = -1;
  return {
    choice,
    next() {
      const index = nextChannel(choice, NOW_MS);
      if (index === undefined) return undefined;
      last = index;
      return targetAt(choice.candidates, index).channel.id;
    },
    fails: (retry) => noteFailed(choice, last, retry),
  };
}

/** What is asked when each attempt fails in the way given. */
function trail({ next, fails }: Bench, ...failures: readonly Retry[]) {
  const ids = [next()];
  for (const retry of failures) {
    fails(retry);
    ids.push(next());
  }
  return ids.map((id) => id ?? '-').join(' ');
}

describe('the next channel', () => {
  const imitation = (host: string): Member => ({
    provider: 'openai-compatible',
    baseUrl: `https://${host}/v1`,
    apiKeys: [],
  });
  const table: readonly {
    readonly name: string;
    readonly members: { readonly [id: string]: Member };
    readonly route?: Partial<RouteSettings>;
    readonly failures: readonly Retry[];
    readonly trail: string;
  }[] = [
    {
      name: 'is another one after a failure, then the fallbacks in their order',
      members: { a: {}, b: {}, c: {}, d: {} },
      route: { fallback: ['c', 'd'] },
      failures: ['other-channel', 'other-channel', 'other-channel', 'other-channel'],
      trail: 'a b c d -',
    },
    {
      name: 'is the same one once more after a failure that a second try may mend, and no other is left',
      members: { a: {} },
      failures: ['any-channel', 'any-channel'],
      trail: 'a a -',
    },
    {
      name: 'is not the same one once more when that is broken by now',
      members: { a: { obstacle: broken(300) } },
      failures: ['any-channel'],
      trail: 'a -',
    },
    {
      name: 'is rather another one',
      members: { a: {}, b: {} },
      failures: ['any-channel', 'other-channel', 'any-channel'],
      trail: 'a b a -',
    },
    {
      name: 'is never one again that was silent',
      members: { a: {} },
      failures: ['other-channel'],
      trail: 'a -',
    },
    {
      name: 'may be the same one with another key',
      members: { a: { apiKeys: ['one', 'two', 'three'] } },
      failures: ['other-key', 'other-key'],
      trail: 'a a a',
    },
    {
      name: 'is none whose every key was refused for no time at all',
      members: { a: { apiKeys: ['one', 'two'] }, b: {} },
      failures: ['other-key', 'other-key'],
      route: { strategy: 'failover' },
      trail: 'a a b',
    },
    {
      name: 'is none that is switched off',
      members: { a: { enabled: false }, b: {}, c: { enabled: false } },
      route: { fallback: ['c'] },
      failures: ['other-channel'],
      trail: 'b -',
    },
    {
      name: 'is none that does not serve what it would be asked for',
      members: { a: { models: ['o1'] }, b: { models: ['o1'] }, c: { models: ['gpt-*'] } },
      route: { rewrite: { b: 'o1' } },
      failures: ['other-channel', 'other-channel'],
      trail: 'b c -',
    },
    {
      name: 'is none that is parked or broken while another is free',
      members: { a: { obstacle: broken(1) }, b: { obstacle: parked('rate-limited', 1) }, c: {} },
      failures: ['other-channel'],
      trail: 'c -',
    },
    {
      name: 'is a fallback rather than one that is broken',
      members: { a: { obstacle: broken(1) }, b: {} },
      route: { fallback: ['b'] },
      failures: ['other-channel'],
      trail: 'b -',
    },
    {
      name: 'is that which may heal first when all are broken, and then no other',
      members: {
        a: { obstacle: { type: 'on-trial' } },
        b: { obstacle: broken(900) },
        c: { obstacle: broken(300) },
      },
      failures: ['other-channel'],
      trail: 'c -',
    },
    {
      name: 'is one on trial for want of any other',
      members: { a: { obstacle: { type: 'on-trial' } } },
      failures: ['other-channel'],
      trail: 'a -',
    },
    ...(['rate-limited', 'overloaded', 'credential', 'billing'] as const).map((reason) => ({
      name: `is none when all are parked as ${reason}`,
      members: { a: { obstacle: parked(reason, 60_000) } },
      failures: [],
      trail: '-',
    })),
    {
      name: "is one that is parked for the client's own limit, which is the client's to run into",
      members: { a: { apiKeys: [], obstacle: parked('rate-limited', 60_000, true) } },
      failures: ['other-key'],
      trail: 'a -',
    },
    {
      name: 'is one that forbade something to somebody, for want of any other',
      members: { a: { obstacle: parked('forbidden', 5_000) } },
      failures: ['other-key'],
      trail: 'a -',
    },
    {
      name: 'is none whose retries are used up, but may be asked first',
      members: { a: { mayRetry: false }, b: { mayRetry: false }, c: {} },
      failures: ['any-channel', 'any-channel'],
      trail: 'a c c',
    },
    {
      name: "is none that would get the client's key from another vendor",
      members: { a: {}, b: { provider: 'anthropic', apiKeys: [] }, c: { apiKeys: [] } },
      failures: ['other-channel', 'other-channel'],
      trail: 'a c -',
    },
    {
      name: 'may be one of another vendor with a key of its own',
      members: { a: { apiKeys: [] }, b: { provider: 'anthropic' } },
      failures: ['other-channel', 'other-channel'],
      trail: 'a b -',
    },
    {
      name: "is none that would get the client's key from another host of an imitation",
      members: {
        a: imitation('one.example'),
        b: imitation('two.example'),
        c: imitation('one.example'),
      },
      failures: ['other-channel', 'other-channel'],
      trail: 'a c -',
    },
  ];
  for (const { name, members, route = {}, failures, trail: expected } of table) {
    it(name, () => {
      assert.equal(trail(bench(members, { route }), ...failures), expected);
    });
  }

  it("is none that would get another vendor's client's key, whatever keeps the first from answering", () => {
    const members = { a: {}, b: { provider: 'anthropic', apiKeys: [] } } as const;
    const { choice, next } = bench(members);
    assert.equal(next(), 'a');
    noteUnfit(choice, 0);
    assert.equal(next(), undefined);
    const broken1 = { ...members, a: { obstacle: broken(1) } };
    assert.equal(bench(broken1).next(), 'a');
  });

  it("is asked with the client's key only where the channel passes it on", () => {
    const { choice } = bench({ a: {}, b: { apiKeys: [] } }, { route: { rewrite: { b: 'gpt-5' } } });
    assert.deepEqual(askerAt(choice.candidates, 0), { model: 'gpt-4o', clientKey: undefined });
    assert.deepEqual(askerAt(choice.candidates, 1), { model: 'gpt-5', clientKey: "client's" });
  });
});

describe('a conversation', () => {
  const knows = (id: string): Partial<Seeker> => ({
    conversation: 'talk',
    affinity: {
      recall: (_conversation, channels) => {
        const index = channels.findIndex((channel) => channel.id === id);
        return index === -1 ? undefined : index;
      },
      remember: () => {},
    },
  });
  const table: readonly (readonly [string, { [id: string]: Member }, string, string])[] = [
    ['stays with the channel that answered it', { a: {}, b: {}, c: {} }, 'b', 'b a'],
    [
      'does not wait for a channel that is broken',
      { a: {}, b: { obstacle: broken(1) } },
      'b',
      'a -',
    ],
    ['does not stay with a fallback', { a: {}, c: {} }, 'c', 'a c'],
    ['may have had a channel that is gone', { a: {}, b: {} }, 'gone', 'a b'],
  ];
  for (const [name, members, id, expected] of table) {
    it(name, () => {
      const fallback = name.includes('fallback') ? ['c'] : [];
      const found = bench(members, { route: { fallback }, seeker: knows(id) });
      assert.equal(trail(found, 'other-channel'), expected);
    });
  }
});

describe('when none can be asked', () => {
  const waits: readonly (readonly [string, { [id: string]: Member }, number | undefined])[] = [
    [
      'the first to be free is waited for',
      { a: { obstacle: parked('rate-limited', 900) }, b: { obstacle: parked('overloaded', 300) } },
      300,
    ],
    ['broken ones are not waited for', { a: { obstacle: broken(300) } }, undefined],
    ['a bad key is not waited for', { a: { obstacle: parked('credential', 300) } }, undefined],
    ['an empty account is not waited for', { a: { obstacle: parked('billing', 300) } }, undefined],
    [
      'what is forbidden is not waited for',
      { a: { obstacle: parked('forbidden', 300) } },
      undefined,
    ],
    [
      'what is switched off is not waited for',
      { a: { enabled: false, obstacle: parked('overloaded', 300) } },
      undefined,
    ],
    [
      "a limit of the client's own is not waited for",
      { a: { obstacle: parked('rate-limited', 300, true) } },
      undefined,
    ],
  ];
  for (const [name, members, forMs] of waits) {
    it(name, () => {
      const freeMs = freeAtMs(bench(members).choice, NOW_MS);
      assert.equal(freeMs, forMs === undefined ? undefined : NOW_MS + forMs);
    });
  }

  const refusals: readonly {
    readonly members: { readonly [id: string]: Member };
    readonly status: number;
    readonly retryAfterMs?: number;
    readonly message: RegExp;
  }[] = [
    {
      members: {
        a: { obstacle: parked('rate-limited', 8_500) },
        b: { obstacle: parked('rate-limited', 60_000) },
      },
      status: 429,
      retryAfterMs: 8_500,
      message: /gpt-4o now: a is rate limited for 9 s more, b is rate limited for 60 s more$/,
    },
    {
      members: { a: { obstacle: parked('rate-limited', 9_000) }, b: { obstacle: broken(1) } },
      status: 429,
      retryAfterMs: 9_000,
      message: /b could not be asked$/,
    },
    {
      members: {
        a: { obstacle: parked('rate-limited', 9_000) },
        b: { obstacle: parked('overloaded', 7_000) },
      },
      status: 503,
      retryAfterMs: 7_000,
      message: /b is overloaded for 7 s more$/,
    },
    {
      members: { a: { obstacle: parked('credential', 9_000) } },
      status: 503,
      message: /a is left alone because its key was refused for 9 s more$/,
    },
    {
      members: { a: { enabled: false }, b: { models: ['o1'] } },
      status: 503,
      message: /a is switched off, b does not serve gpt-4o$/,
    },
  ];
  for (const { members, status, retryAfterMs, message } of refusals) {
    it(`the client is told ${status}: ${message.source}`, () => {
      const { error } = refusalOf(bench(members).choice, NOW_MS);
      assert.equal(error.status, status);
      assert.equal(error.retryAfterMs, retryAfterMs);
      assert.match(error.message, message);
    });
  }
});

describe('a request that goes on from what one channel has', () => {
  it('goes to that one, a fallback too, and to no other when it fails', () => {
    const route = { fallback: ['c'] };
    const { next, fails } = bench({ a: {}, b: {}, c: {} }, { route, seeker: { home: 2 } });
    assert.equal(next(), 'c');
    fails('other-channel');
    assert.equal(next(), undefined);
  });

  it('goes where any does when that one is not to be used any more', () => {
    const { next } = bench({ a: {}, b: { enabled: false } }, { seeker: { home: 1 } });
    assert.equal(next(), 'a');
  });
});
