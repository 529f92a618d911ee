/** What a failed attempt means: whether another may be tried, who is to blame, what the client is told. */
import { type ApiError, ConversionError } from 'ai-api-converter';
import { dateToMs, nowMs } from '../lib/clock.ts';
import type { Channel, Charge, ParkReason } from '../model/channel.ts';
import { type FailureCode, GatewayError } from '../model/errors.ts';
import type { Ingress } from '../model/exchange.ts';
import { UpstreamRefusal } from './failure.ts';

/**
 * `any-channel`: another one, or the same once more where there is no other. `other-key`: whatever
 * is not parked, other keys of the same channel included.
 */
export type Retry = 'never' | 'other-channel' | 'any-channel' | 'other-key';

export interface Verdict {
  readonly retry: Retry;
  readonly charge: Charge;
  /** What to throw when this was the last attempt. */
  readonly cause: Error;
  /** For the trail of attempts: a status, or a word for what failed. */
  readonly result: string;
}

/** What is known of the key that an upstream was sent, where it was the client's. */
type Sender = Pick<Ingress, 'credential' | 'caller'>;

export function classify(cause: unknown, channel: Channel, sender: Sender): Verdict {
  if (cause instanceof UpstreamRefusal) return refusal(cause, channel, sender);
  if (cause instanceof ConversionError) {
    return byStatus({ error: cause.error, cause, channel, sender, retryAfter: undefined });
  }
  if (cause instanceof GatewayError) return { ...fault(cause.code), cause };
  const error = cause instanceof Error ? cause : new Error(String(cause));
  return { retry: 'never', charge: NONE, cause: error, result: 'internal' };
}

const FAILURE: Charge = { type: 'failure' };
const NONE: Charge = { type: 'none' };

const faults: ReadonlyMap<FailureCode, string> = new Map([
  ['upstream-connect', 'connect'],
  ['upstream-connect-timeout', 'connect-timeout'],
  ['upstream-reset', 'reset'],
  ['upstream-timeout', 'timeout'],
  ['upstream-invalid-response', 'invalid'],
  ['upstream-redirect', 'redirect'],
] as const);

function fault(code: FailureCode): Omit<Verdict, 'cause'> {
  const result = faults.get(code);
  // The client left, the gateway stops: nobody's fault, and nobody waits for another try.
  if (result === undefined) return { retry: 'never', charge: NONE, result: code };
  if (code === 'upstream-redirect') return { retry: 'never', charge: FAILURE, result };
  return { retry: 'other-channel', charge: FAILURE, result };
}

function refusal(cause: UpstreamRefusal, channel: Channel, sender: Sender): Verdict {
  const retryAfter = cause.headers['retry-after'];
  const verdict = byStatus({ error: cause.error, cause, channel, sender, retryAfter });
  const result = brokenStreams.get(cause.error.code ?? '');
  return result === undefined ? verdict : { ...verdict, result };
}

/** Before their first output: their status is ours, and the upstream never said it. */
const brokenStreams: ReadonlyMap<string, string> = new Map([
  ['upstream_reset', 'reset'],
  ['upstream_stream_cut', 'reset'],
  ['upstream_invalid_response', 'invalid'],
]);

interface Refused {
  readonly error: ApiError;
  readonly cause: Error;
  readonly channel: Channel;
  readonly sender: Sender;
  readonly retryAfter: string | undefined;
}

function byStatus(refused: Refused): Verdict {
  const { error, cause } = refused;
  const { status } = error;
  const result = String(status);
  if (status === 429) return limited(refused);
  // Another channel of the route may do what this one never does.
  if (error.code === 'not_offered') return { retry: 'other-channel', charge: NONE, cause, result };
  if (isAboutKey(refused)) return credential(refused);
  switch (status) {
    case 503:
    case 529:
      return { retry: 'other-channel', charge: overload(refused), cause, result };
    case 500:
      return { retry: 'any-channel', charge: FAILURE, cause, result };
    case 408:
      return { retry: 'other-channel', charge: FAILURE, cause, result };
    default:
  }
  if (status >= 400 && status < 500) return { retry: 'never', charge: NONE, cause, result };
  return { retry: 'other-channel', charge: FAILURE, cause, result };
}

/** Gemini refuses a wrong key with 400, Anthropic an empty account too. */
function isAboutKey({ error }: Refused): boolean {
  const { status } = error;
  const isSaid = error.kind === 'authentication' || error.kind === 'billing';
  return status === 401 || status === 402 || status === 403 || (status === 400 && isSaid);
}

/** A 403 and a 400 may also be about what was asked, so one client must not park a key for long. */
const FORBIDDEN_PARK_MS = 5_000;

const certain: ReadonlyMap<number, ParkReason> = new Map([
  [401, 'credential'],
  [402, 'billing'],
] as const);

function credential(refused: Refused): Verdict {
  const { error, cause, channel } = refused;
  const { status } = error;
  const result = String(status);
  if (channel.passesClientKey && isKeyless(refused)) return keyless(refused);
  if (channel.passesClientKey) return { retry: 'never', charge: NONE, cause, result };
  const told = `the upstream refused the gateway's own key (status ${result}, channel ${channel.id}); whoever runs the gateway must look at it`;
  return {
    retry: 'other-key',
    charge: {
      type: 'park',
      reason: certain.get(status) ?? 'forbidden',
      untilMs: certain.has(status) ? undefined : nowMs() + FORBIDDEN_PARK_MS,
    },
    // Its text may name the key, and to the client a 401 would mean its own.
    cause: new GatewayError('upstream-credential', told, { cause }),
    result,
  };
}

/** A key of the gateway's own stays here, so that nothing was sent in its place. */
function isKeyless({ sender: { credential, caller } }: Refused): boolean {
  return credential === undefined && caller?.key !== undefined;
}

/** The upstream says that a key is missing, which its client, whose key is good, could not make sense of. */
function keyless({ error, cause, channel }: Refused): Verdict {
  const told = `channel ${channel.id} has no key for its provider: none of its own, and a key of this gateway is not passed on; whoever runs the gateway must give it one (api_keys)`;
  const known = new GatewayError('upstream-credential', told, { cause });
  return { retry: 'other-channel', charge: NONE, cause: known, result: String(error.status) };
}

function limited(refused: Refused): Verdict {
  const { error, cause } = refused;
  return {
    retry: 'other-key',
    charge: {
      type: 'park',
      reason: error.kind === 'billing' ? 'billing' : 'rate-limited',
      untilMs: toldMs(refused),
    },
    cause,
    result: String(error.status),
  };
}

function overload(refused: Refused): Charge {
  const untilMs = toldMs(refused);
  return untilMs === undefined ? FAILURE : { type: 'park', reason: 'overloaded', untilMs };
}

function toldMs({ error, retryAfter }: Refused): number | undefined {
  const forMs = error.retryAfterMs ?? dateToMs(retryAfter);
  return forMs === undefined ? undefined : nowMs() + Math.max(0, forMs);
}
