/** What passes through, as a kind of exchange: nothing of its answer, and little of its request, is understood. */
import type { Kind } from '../../data-plane/kind.ts';
import type { ExchangeRecord } from '../../model/exchange.ts';
import type { IncomingRequest } from '../../model/http.ts';
import { methodNotAllowed } from '../method-not-allowed.ts';
import { askPassing, type PassingAnswer, type PassingRequest } from './ask-passing.ts';
import type { Found } from './find.ts';
import { passedHeaders } from './passing-headers.ts';
import { preparePassing } from './prepare-passing.ts';
import { relayPassing } from './relay-passing.ts';
import { routeFor } from './routed.ts';
import { pathPatternOf, type Surface } from './surfaces.ts';
import { type TakenIn, takeIn } from './taken-in.ts';

export function passing(
  found: Found,
  { method }: IncomingRequest,
): Kind<TakenIn, PassingRequest, PassingAnswer> {
  const own = found.of(method);
  const surface = own ?? nothingOf(found);
  const asking = { surface, path: found.path };
  return {
    pathPattern: own && pathPatternOf(own),
    costs: surface.costs,
    isConversation: false,
    tellsPace: false,
    async read({ raw, snapshot }, understood) {
      const detection = { format: found.format, call: {}, reason: `path ${raw.path}` };
      understood(detection);
      if (own === undefined) throw methodNotAllowed(found, raw);
      return takeIn(raw, { surface, snapshot, detection });
    },
    route: (ingress, { snapshot, services }) => ({
      ingress,
      routed: routeFor(ingress, asking, { snapshot, homes: services.responses.homes }),
    }),
    format: () => surface.format,
    prepare: (ingress, order) => preparePassing(ingress, order, asking),
    ask: askPassing,
    isSpent: ({ content }) => content.isSpent(),
    relay: ({ answer }, { course, headers, limitHeaders, ...to }) =>
      relayPassing(answer, {
        ...to,
        headers: {
          ...headers,
          ...passedHeaders(answer.headers, course.ingress.raw),
          ...limitHeaders,
        },
        isText: surface.model?.answersText === true,
      }),
    recorded: (record) => namedAfter(surface, record),
  };
}

/** What a path is that is asked by a method which it does not have. */
function nothingOf({ format, path }: Found): Surface {
  return { name: format.id, format, methods: [], path, costs: 'nothing', model: {} };
}

/** Everywhere that formats are told apart it is told apart by its name, and by that of no model where it has none. */
function namedAfter({ name, model, costs }: Surface, record: ExchangeRecord): ExchangeRecord {
  const named = {
    ...record,
    clientFormat: name,
    upstreamFormat: record.upstreamFormat === undefined ? undefined : name,
    isMetered: costs !== 'nothing',
  };
  return model === undefined ? { ...named, model: undefined, upstreamModel: undefined } : named;
}
