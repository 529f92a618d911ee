/** One request to addresses that its caller has checked, on a connection of its own that nobody uses again. */
import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { createTurn } from '../lib/turn.ts';
import type { UpstreamCall, UpstreamRequest } from '../model/http.ts';
import { carry, createReadBuffer, cutConnection, openConnection } from './client-connection.ts';
import { callOf, createExchange, failExchange, type ResponseHandler } from './client-exchange.ts';
import { createFieldNames } from './field-names.ts';
import { parseOrigin } from './origin.ts';
import { encodeRequest, UnwritableRequest } from './request-bytes.ts';

/**
 * `addresses`: what the host of the request's origin stands for. These are dialled, and no others: the
 * name is not looked up again, so that it cannot mean something else by then.
 */
export function callAt(
  addresses: readonly string[],
  request: UpstreamRequest,
  handler: ResponseHandler,
): UpstreamCall {
  const exchange = createExchange(request, handler);
  const origin = parseOrigin(request.origin, lookupIn(addresses));
  exchange.bytes = encodeRequest(request, origin.authority);
  if (exchange.bytes === undefined) {
    process.nextTick(failExchange, exchange, 'invalid', new UnwritableRequest());
    return callOf(exchange);
  }
  const connection = openConnection({
    origin,
    connectMs: request.connectMs,
    keeper: {
      idle: cutConnection,
      closed() {},
      isCrowded: () => false,
      sendAgain: (again) => failExchange(again, 'reset', new Error('closed by the other side')),
    },
    names: createFieldNames(),
    turn: createTurn((socket) => socket.uncork()),
    readBuffer: createReadBuffer(),
  });
  carry(connection, exchange);
  return callOf(exchange);
}

function lookupIn(addresses: readonly string[]): LookupFunction {
  const known = addresses.map((address): LookupAddress => ({ address, family: isIP(address) }));
  return (_host, options, found) => {
    const [first] = known;
    if (first === undefined) found(new Error('no address'), '', 0);
    else if (options.all === true) found(null, known);
    else found(null, first.address, first.family);
  };
}
