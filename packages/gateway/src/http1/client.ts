/** An HTTP/1.1 client: one request a connection at a time, connections kept for the next one. */
import type { Socket } from 'node:net';
import { CROWD_MIN, createTurn, type Turn } from '../lib/turn.ts';
import type { UpstreamCall, UpstreamRequest } from '../model/http.ts';
import {
  type ClientConnection,
  type ConnectionKeeper,
  carry,
  createReadBuffer,
  cutConnection,
  openConnection,
} from './client-connection.ts';
import {
  type ClientExchange,
  callOf,
  createExchange,
  failExchange,
  type ResponseHandler,
} from './client-exchange.ts';
import { createFieldNames, type FieldNames } from './field-names.ts';
import { createIdleConnections, type IdleConnections } from './idle-connections.ts';
import { type Origin, parseOrigin } from './origin.ts';
import { encodeRequest, isUpload, UnwritableRequest } from './request-bytes.ts';

export interface HttpClient {
  /** Throws TypeError when the origin is none. */
  send(request: UpstreamRequest, handler: ResponseHandler): UpstreamCall;
  /** Cuts every connection; what is sent from now on fails. */
  close(): void;
}

interface Site {
  readonly origin: Origin;
  readonly idle: IdleConnections;
  readonly keeper: ConnectionKeeper;
  readonly connections: Set<ClientConnection>;
  /** Of all connections to all origins. */
  readonly common: Common;
}

interface Common {
  readonly names: FieldNames;
  readonly turn: Turn<Socket>;
  readonly readBuffer: Buffer;
}

const SWEEP_MS = 1_000;

export function createHttpClient(): HttpClient {
  const sites = new Map<string, Site>();
  const common: Common = {
    names: createFieldNames(),
    turn: createTurn((socket) => socket.uncork()),
    readBuffer: createReadBuffer(),
  };
  let sweeping: NodeJS.Timeout | undefined;
  let isClosed = false;

  function siteOf(origin: string): Site {
    const known = sites.get(origin);
    if (known !== undefined) return known;
    const site = createSite(origin, common, sweepSoon);
    sites.set(origin, site);
    return site;
  }

  /** One timer for all connections: none is set or cleared for a request. */
  function sweepSoon(): void {
    sweeping ??= setTimeout(sweep, SWEEP_MS).unref();
  }

  function sweep(): void {
    sweeping = undefined;
    for (const { idle } of sites.values()) {
      idle.cutExpired();
      if (idle.count() > 0) sweepSoon();
    }
  }

  function dispatch(exchange: ClientExchange): void {
    const { request } = exchange;
    const site = siteOf(request.origin);
    exchange.bytes = encodeRequest(request, site.origin.authority);
    // The caller holds no call yet, so it must not hear of an end.
    if (isClosed) process.nextTick(failExchange, exchange, 'reset', new Error('closed'));
    else if (exchange.bytes === undefined)
      process.nextTick(failExchange, exchange, 'invalid', new UnwritableRequest());
    else carry(connectionFor(exchange, site), exchange);
  }

  return {
    send(request, handler) {
      const exchange = createExchange(request, handler);
      dispatch(exchange);
      return callOf(exchange);
    },
    close() {
      isClosed = true;
      clearTimeout(sweeping);
      for (const { connections } of sites.values()) connections.forEach(cutConnection);
    },
  };
}

function createSite(text: string, common: Common, sweepSoon: () => void): Site {
  const idle = createIdleConnections();
  const connections = new Set<ClientConnection>();
  const site: Site = {
    origin: parseOrigin(text),
    idle,
    connections,
    common,
    keeper: {
      idle(connection, serverIdleMs) {
        if (idle.keep(connection, serverIdleMs)) sweepSoon();
        else cutConnection(connection);
      },
      closed(connection) {
        connections.delete(connection);
        idle.forget(connection);
      },
      isCrowded: () => connections.size - idle.count() >= CROWD_MIN,
      sendAgain: (exchange) => carry(open(site, exchange), exchange),
    },
  };
  return site;
}

/** One that the server may just have closed is nothing for a body that cannot be sent again. */
function connectionFor(exchange: ClientExchange, site: Site): ClientConnection {
  const kept = isUpload(exchange.request.body) ? undefined : site.idle.take();
  return kept ?? open(site, exchange);
}

function open(site: Site, exchange: ClientExchange): ClientConnection {
  const { origin, keeper, common, connections } = site;
  const { connectMs } = exchange.request;
  const connection = openConnection({ origin, connectMs, keeper, ...common });
  connections.add(connection);
  return connection;
}
