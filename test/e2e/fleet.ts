/** A running gateway over several scripted upstreams, one a channel. */
import type {
  ChannelSettings,
  RouteSettings,
  Settings,
} from '../../packages/gateway/src/model/settings.ts';
import { type Script, type ScriptedUpstream, scriptedUpstream } from './scripted-upstream.ts';
import { type Setup, setUp } from './setup.ts';

export interface Fleet extends Setup {
  /** By the channel's id. */
  readonly at: { readonly [id: string]: ScriptedUpstream };
  /** The ids of the channels that were asked, with how many times. */
  asked(): { readonly [id: string]: number };
}

interface Ship extends Partial<ChannelSettings> {
  readonly answers: Script;
}

interface Plan extends Omit<Partial<Settings>, 'channels' | 'routes'> {
  readonly channels: { readonly [id: string]: Ship };
  readonly routes?: readonly Partial<RouteSettings>[];
}

/** Channels are of OpenAI, with a key of their own, in a route of `failover`, where a test says nothing else. */
export async function sail({ channels, routes = [{}], ...settings }: Plan): Promise<Fleet> {
  const at: { [id: string]: ScriptedUpstream } = {};
  const compiled: ChannelSettings[] = [];
  for (const [id, { answers, ...overrides }] of Object.entries(channels)) {
    const upstream = await scriptedUpstream();
    upstream.answer(answers);
    at[id] = upstream;
    compiled.push({
      id,
      provider: 'openai',
      baseUrl: `http://127.0.0.1:${upstream.port}`,
      apiKeys: [`key-of-${id}`],
      weight: 1,
      enabled: true,
      models: undefined,
      headers: {},
      apiVersion: undefined,
      timeouts: {},
      ...overrides,
    });
  }
  const setup = await setUp({
    ...settings,
    channels: compiled,
    routes: routes.map((route) => ({
      models: ['*'],
      strategy: 'failover',
      channels: Object.keys(channels),
      fallback: [],
      rewrite: {},
      ...route,
    })),
  });
  return {
    ...setup,
    at,
    asked: () =>
      Object.fromEntries(Object.entries(at).map(([id, { asked }]) => [id, asked.length])),
    async close() {
      await Promise.all(Object.values(at).map((upstream) => upstream.close()));
      await setup.close();
    },
  };
}
