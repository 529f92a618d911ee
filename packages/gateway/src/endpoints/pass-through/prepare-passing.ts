/** How a target is asked for something that passes through: in its own address, by its own name of the model. */
import { type Order, upstreamHeaders } from '../../data-plane/prepare.ts';
import { GatewayError } from '../../model/errors.ts';
import type { UpstreamMethod } from '../../model/http.ts';
import type { PassingRequest } from './ask-passing.ts';
import { requestHeaders, withoutKey } from './passing-headers.ts';
import { type Asking, pathAt } from './routed.ts';
import type { TakenIn } from './taken-in.ts';

/** Throws GatewayError where the target has no such thing, or the model cannot be named as it has to be. */
export function preparePassing(ingress: TakenIn, order: Order, asking: Asking): PassingRequest {
  const { raw, content } = ingress;
  const { target, apiKey } = order;
  const { channel, model } = target;
  const { surface } = asking;
  const path = pathAt(channel, {
    ...asking,
    model: surface.model === undefined ? undefined : model,
  });
  if (path === undefined) throw notThere(asking, channel.id, channel.provider.id);
  const method = methodOf(raw.method);
  const request = {
    ...(method === undefined ? {} : { method }),
    origin: channel.origin,
    path: withQuery(path, raw.search),
    headers: {
      ...upstreamHeaders(ingress, order, requestHeaders(ingress, apiKey !== undefined)),
      'accept-encoding': 'identity',
    },
  };
  const body = content.naming(model);
  return (listener) => ({ ...request, body: body(listener) });
}

function notThere({ path }: Asking, channelId: string, providerId: string): GatewayError {
  const told = `the channel ${channelId} (${providerId}) has no ${path}; name a model of a channel that has it`;
  return new GatewayError('unknown-path', told, { param: 'model' });
}

const methods: readonly UpstreamMethod[] = ['GET', 'DELETE', 'PATCH', 'PUT'];

/** Undefined: POST. */
function methodOf(method: string): UpstreamMethod | undefined {
  return methods.find((known) => known === method);
}

function withQuery(path: string, search: string | undefined): string {
  const [, own] = path.split('?');
  const query = withoutKey(search ?? '', new URLSearchParams(own).keys());
  if (query === '') return path;
  return `${path}${own === undefined ? '?' : '&'}${query}`;
}
