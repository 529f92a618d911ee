/** The bounds on a client's time, checked for all connections of a server at once. */
import { GatewayError } from '../model/errors.ts';
import { sizeOf } from './input.ts';
import { failBody, isStreamed } from './request-body.ts';
import { RequestFault } from './request-fault.ts';
import { type Connection, type ConnectionContext, lose, refuse } from './server-connection.ts';

export interface Bounds {
  /** From the connection, or from the first byte of a later request, to the end of the head. */
  readonly headMs: number;
  /** For a whole request with its body, unless that is taken as it comes. */
  readonly requestMs: number;
  /** Between two pieces of a body. */
  readonly bodyIdleMs: number;
  /** Between two requests. */
  readonly keepAliveMs: number;
  /** How long the rest of an answer may be left unread. */
  readonly stallMs: number;
  /** After the last answer, for a client that sends nothing more. */
  readonly lingerIdleMs: number;
  /** After the last answer, for a client that goes on sending. */
  readonly lingerMs: number;
  readonly sweepMs: number;
}

/**
 * One round. The connections' clock advances by rounds, so that no client is blamed for a time in
 * which the process itself stood still. A moment that was noted may be one round old.
 */
export function sweep(context: ConnectionContext, bounds: Bounds): void {
  context.nowMs += bounds.sweepMs;
  for (const connection of context.connections) check(connection, bounds);
}

function check(connection: Connection, bounds: Bounds): void {
  const nowMs = connection.context.nowMs - bounds.sweepMs;
  const phaseMs = nowMs - connection.sinceMs;
  const stillMs = nowMs - connection.movedMs;
  switch (connection.phase) {
    case 'head':
      checkHead(connection, phaseMs, bounds);
      return;
    case 'exchange':
      checkBody(connection, { stillMs, phaseMs, bounds });
      return;
    case 'closing':
      if (stillMs >= bounds.lingerIdleMs || phaseMs >= bounds.lingerMs) lose(connection);
      return;
  }
}

function checkHead(connection: Connection, phaseMs: number, bounds: Bounds): void {
  const { input, isUsed } = connection;
  if (sizeOf(input) === 0) {
    if (phaseMs >= (isUsed ? bounds.keepAliveMs : bounds.headMs)) lose(connection);
  } else if (phaseMs >= bounds.headMs) {
    refuse(connection, new RequestFault(408, 'the head of the request took too long'));
  }
}

interface BodyTime {
  readonly stillMs: number;
  readonly phaseMs: number;
  readonly bounds: Bounds;
}

function checkBody({ body, isHeld }: Connection, { stillMs, phaseMs, bounds }: BodyTime): void {
  if (body?.state !== 'reading' || isHeld) return;
  const isOver = phaseMs >= bounds.requestMs && !isStreamed(body);
  if (stillMs < bounds.bodyIdleMs && !isOver) return;
  failBody(body, new GatewayError('body-timeout', 'the request body took too long'));
}
