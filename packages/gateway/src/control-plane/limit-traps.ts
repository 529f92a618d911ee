/** Keys and limits that are valid and yet probably not what was meant. */

import { compilePatterns } from '../lib/patterns.ts';
import { defaultSettings, type LimitSettings, type Settings } from '../model/settings.ts';
import { channelSettingsOf, modelsOf, openChannelsOf } from './channels.ts';
import { couldBe } from './overlap.ts';

/** What a request with a longer conversation, or an agent's first one, needs easily. */
const TOKENS_OF_A_REQUEST = 4_096;

export function limitTraps(settings: Settings): readonly string[] {
  return [
    ...authTraps(settings),
    ...pepperTraps(settings),
    ...smallTraps(settings),
    ...rateLimitingTraps(settings),
    ...settings.limits.flatMap((limit, index) => matchTraps(limit, `limits[${index}]`, settings)),
    ...redisTraps(settings),
  ];
}

function authTraps({ auth, keys, databaseUrl, dataDirectory }: Settings): readonly string[] {
  if (auth === 'required' && keys.length === 0 && databaseUrl === undefined)
    return [
      `auth: required, and there are neither keys nor a database_url; unless \`dragoman keys create\` has made keys in ${dataDirectory}, every request is refused`,
    ];
  if (auth === 'open' && keys.length > 0)
    return [
      'auth: open, and there are keys; whoever sends none is served without their limits, so leave auth out to ask for one',
    ];
  return [];
}

function pepperTraps({ keys, pepper, dataDirectory }: Settings): readonly string[] {
  if (keys.length === 0 || pepper !== undefined) return [];
  return [
    `keys: their hashes are made with the pepper in ${dataDirectory}/pepper; with another one none of them is known any more, so keep that file where restarts do not lose it, or set DRAGOMAN_PEPPER`,
  ];
}

function smallTraps({ rateLimiting, limits, keys }: Settings): readonly string[] {
  const tokens: readonly (readonly [place: string, tokens: number | undefined])[] = [
    ['max_tokens', rateLimiting.enabled ? rateLimiting.tokensMax : undefined],
    ...limits.map((limit, index) => [`limits[${index}].tokens`, limit.tokens] as const),
    ...keys.map(
      ({ limits }, index) => [`keys[${index}].tokens_per_window`, limits.tokensPerWindow] as const,
    ),
  ];
  return tokens
    .filter(([, count]) => count !== undefined && count < TOKENS_OF_A_REQUEST)
    .map(
      ([place, count]) =>
        `${place}: ${count} tokens are less than one request may need; one with a longer prompt is refused with 400, and one with a long answer leaves nothing to others`,
    );
}

function rateLimitingTraps({ rateLimiting }: Settings): readonly string[] {
  const { enabled, tokensMax, windowMinutes } = rateLimiting;
  if (enabled) return [];
  const standard = defaultSettings.rateLimiting;
  const idle = [
    ...(tokensMax === standard.tokensMax ? [] : ['max_tokens']),
    ...(windowMinutes === standard.windowMinutes ? [] : ['rate_limit_window_min']),
  ];
  return idle.map((key) => `${key}: means nothing without enable_rate_limiting: true`);
}

function matchTraps({ by, match }: LimitSettings, place: string, settings: Settings): string[] {
  if (match === undefined) return [];
  const idle = match.filter(by === 'channel' ? noChannel(settings) : noModel(by, settings));
  return idle.length === 0
    ? []
    : [`${place}: no ${by} that is configured matches ${idle.join(', ')}; it limits nothing`];
}

type Fails = (pattern: string) => boolean;

function noChannel(settings: Settings): Fails {
  const ids = channelSettingsOf(settings).map(({ id }) => id);
  return (pattern) => !ids.some(compilePatterns([pattern]));
}

/** Users and keys may be known elsewhere. */
function noModel(by: LimitSettings['by'], settings: Settings): Fails {
  const channels = channelSettingsOf(settings);
  // These serve models that nobody named.
  if (by !== 'model' || openChannelsOf(channels).length > 0) return () => false;
  const { routes, modelAliases } = settings;
  const isNamed = couldBe([
    ...Object.entries(modelAliases).flat(),
    ...routes.flatMap(({ models, rewrite }) => [...models, ...Object.values(rewrite)]),
    ...channels.flatMap((channel) => modelsOf(channel) ?? []),
  ]);
  return (pattern) => !isNamed(pattern);
}

function redisTraps({ redisUrl, redisFailure, redisPoolSize }: Settings): readonly string[] {
  if (redisUrl !== undefined) return [];
  const idle = [
    ...(redisFailure === defaultSettings.redisFailure ? [] : ['redis_failure']),
    ...(redisPoolSize === defaultSettings.redisPoolSize ? [] : ['redis_pool_size']),
  ];
  return idle.map((key) => `${key}: means nothing without redis_url`);
}
