/** Which channels a model goes to. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRegistry } from '../channels/registry.ts';
import { GatewayError } from '../model/errors.ts';
import {
  type ChannelSettings,
  defaultSettings,
  type RouteSettings,
  strategyIds,
} from '../model/settings.ts';
import type { Route } from '../model/snapshot.ts';
import { channelSettings, routeSettings } from '../model/testing/settings.ts';
import { compileChannel } from './channels.ts';
import { compileRoutes, type Routes } from './routes.ts';

const local = channelSettings('local', {
  provider: 'openai-compatible',
  baseUrl: 'https://one.example/v1',
});

function routesOf(channels: readonly ChannelSettings[], routes: readonly RouteSettings[]): Routes {
  const registry = createRegistry(() => {});
  const named = channels.map((settings) => ({
    settings,
    channel: compileChannel(settings, defaultSettings, registry),
  }));
  return compileRoutes(routes, named);
}

/** `a, b | c`: a and b are balanced, c is the fallback. */
function shapeOf({ channels, balanced }: Route): string {
  const ids = channels.map(({ id }) => id);
  const [first, rest] = [ids.slice(0, balanced).join(', '), ids.slice(balanced).join(', ')];
  return rest === '' ? first : `${first} | ${rest}`;
}

describe('routes', () => {
  const channels = [channelSettings('a'), channelSettings('b'), channelSettings('c')];

  it('are searched in their order, and the first that matches counts', () => {
    const routes = routesOf(channels, [
      routeSettings(['a'], { models: ['gpt-4o'] }),
      routeSettings(['b', 'c'], { models: ['o1', 'gpt-*'], fallback: ['a'] }),
      routeSettings(['c']),
    ]);
    const found = ['gpt-4o', 'gpt-4o-mini', 'o1', 'other'].map((model) => routes.find(model));
    assert.deepEqual(found.map(shapeOf), ['a', 'b, c | a', 'b, c | a', 'c']);
    assert.equal(found[1]?.name, 'routes[1]');
  });

  it('are one and the same for every request, so that turns are taken', () => {
    const routes = routesOf(channels, [routeSettings(['a', 'b'])]);
    assert.equal(routes.find('gpt-4o'), routes.find('o1'));
    const found = routes.find('gpt-4o');
    const request = { stream: false, isEligible: () => true };
    const picks = [1, 2, 3, 4].map(() => found.picker.pick(request));
    assert.deepEqual(picks, [0, 1, 0, 1]);
  });

  it('ask each channel for the model that it knows', () => {
    const rewrite = { b: 'model of b', '*': 'model of all' };
    const some = routesOf(channels, [
      routeSettings(['a', 'b'], { fallback: ['c'], rewrite: { c: 'model of c' } }),
    ]).find('gpt-4o');
    const all = routesOf(channels, [routeSettings(['a', 'b'], { rewrite })]).find('gpt-4o');
    const names = (route: Route): readonly string[] =>
      route.channels.map((_, index) => route.upstreamModel(index, 'gpt-4o'));
    assert.deepEqual(names(some), ['gpt-4o', 'gpt-4o', 'model of c']);
    assert.deepEqual(names(all), ['model of all', 'model of b']);
  });

  it('may have channels with the names of what every object has', () => {
    const routes = routesOf(
      [channelSettings('constructor'), channelSettings('__proto__')],
      [routeSettings(['constructor', '__proto__'])],
    );
    const route = routes.find('gpt-4o');
    assert.equal(route.upstreamModel(0, 'gpt-4o'), 'gpt-4o');
    assert.equal(route.upstreamModel(1, 'gpt-4o'), 'gpt-4o');
  });

  for (const strategy of strategyIds) {
    it(`can be balanced by ${strategy}`, () => {
      const route = routesOf(channels, [routeSettings(['a', 'b'], { strategy })]).find('gpt-4o');
      assert.equal(route.strategy, strategy);
      assert.equal(typeof route.picker.pick({ stream: false, isEligible: () => true }), 'number');
      assert.equal(route.keepsConversations, strategy !== 'failover');
    });
  }

  it('keep no conversations where there is nothing to choose', () => {
    const route = routesOf(channels, [routeSettings(['a'], { fallback: ['b'] })]).find('gpt-4o');
    assert.equal(route.keepsConversations, false);
  });
});

describe('models that no route names', () => {
  const claude = channelSettings('claude', { provider: 'anthropic' });
  const gemini = channelSettings('gemini', { provider: 'gemini' });
  const openai = channelSettings('openai');
  const llama = channelSettings('llama', {
    provider: 'openai-compatible',
    baseUrl: 'https://two.example/v1',
    models: ['llama*'],
  });
  const table: readonly {
    readonly channels: readonly ChannelSettings[];
    readonly shapes: { readonly [model: string]: string };
  }[] = [
    {
      channels: [openai, claude, gemini],
      shapes: {
        'gpt-4o': 'openai',
        'claude-sonnet-4-5': 'claude',
        'gemini-2.5-pro': 'gemini',
        other: 'openai',
      },
    },
    {
      channels: [openai, channelSettings('second'), claude, llama],
      shapes: { 'gpt-4o': 'openai, second', 'llama-3': 'llama', other: 'openai, second' },
    },
    { channels: [claude, local, llama], shapes: { 'gpt-4o': 'local', 'llama-3': 'llama' } },
  ];
  for (const { channels, shapes } of table) {
    const ids = channels.map(({ id }) => id).join(', ');
    it(`go to the channels that say they serve them, of ${ids}`, () => {
      const routes = routesOf(channels, []);
      for (const [model, shape] of Object.entries(shapes))
        assert.equal(shapeOf(routes.find(model)), shape, model);
    });
  }

  it('share one route where they share channels', () => {
    const routes = routesOf([openai, claude], []);
    assert.equal(routes.find('gpt-4o'), routes.find('o1'));
    assert.notEqual(routes.find('gpt-4o'), routes.find('claude-sonnet-4-5'));
  });

  it('are refused when nothing serves them, with what is served', () => {
    const routes = routesOf([claude, llama], []);
    assert.throws(
      () => routes.find('gpt-4o'),
      (cause) => {
        assert.ok(cause instanceof GatewayError);
        assert.equal(cause.error.status, 404);
        assert.equal(cause.error.param, 'model');
        assert.match(cause.message, /gpt-4o.*claude \(claude\*\); llama \(llama\*\)/);
        return true;
      },
    );
  });

  it('may be as many as clients like', () => {
    const routes = routesOf([openai], []);
    for (let index = 0; index < 3_000; index += 1)
      assert.equal(routes.find(`model-${index}`), routes.find('gpt-4o'));
  });
});
