/** What a request goes on from: a conversation that is kept here is joined to it, another is at a channel. */
import {
  type JsonArray,
  joinConversation,
  openaiResponses,
  parseJson,
  stringifyJson,
} from 'ai-api-converter';
import { textOf } from '../lib/bytes.ts';
import { foreignOwner } from '../lib/digest.ts';
import type { NewId } from '../lib/ids.ts';
import { GatewayError } from '../model/errors.ts';
import type { Ingress } from '../model/exchange.ts';
import type { MaybePromise } from '../model/limits.ts';
import type { PreviousResponse, ResponseStore, Responses } from '../model/responses.ts';
import type { Routed } from '../model/snapshot.ts';
import { createKeeping, type Keeping } from './keep-answer.ts';
import type { Course } from './kind.ts';
import { isOwnResponse } from './response-ids.ts';

interface Context {
  readonly routed: Routed;
  readonly responses: Responses;
  readonly newId: NewId;
}

/** Throws, or rejects with, GatewayError: when the answer that it goes on from is unknown, or cannot be had now. */
export function resume(ingress: Ingress, context: Context): MaybePromise<Course> {
  const { routed } = context;
  if (ingress.format !== openaiResponses)
    return { ingress, routed, home: undefined, keeping: undefined };
  const { store, homes } = context.responses;
  const { channels } = routed.route;
  const previousId = previousIdOf(ingress);
  if (previousId === undefined)
    return { ingress, routed, home: undefined, keeping: keepingOf(ingress, context, undefined) };
  if (store !== undefined && isOwnResponse(previousId))
    return resumeOwn(ingress, context, { id: previousId, store });
  const mayBeKnown = channels.some(({ provider }) => provider.formats.includes(ingress.format));
  if (store !== undefined && !mayBeKnown) throw previousNotFound(previousId);
  return { ingress, routed, home: homes.recall(previousId, channels), keeping: undefined };
}

function previousIdOf({ body }: Ingress): string | undefined {
  const id = body['previous_response_id'];
  return typeof id === 'string' && id !== '' ? id : undefined;
}

function keepingOf(
  ingress: Ingress,
  { responses, newId }: Context,
  previous: PreviousResponse | undefined,
): Keeping | undefined {
  const { store } = responses;
  // To be silent is to ask for it.
  if (store === undefined || ingress.body['store'] === false) return undefined;
  return createKeeping({ store, ingress, owner: responsesOwner(ingress), previous, newId });
}

/** Whose answers are kept together. */
export function responsesOwner({
  caller,
  credential,
}: Pick<Ingress, 'caller' | 'credential'>): string {
  return caller?.owner ?? foreignOwner(credential?.secret);
}

interface Own {
  readonly id: string;
  readonly store: ResponseStore;
}

async function resumeOwn(ingress: Ingress, context: Context, { id, store }: Own): Promise<Course> {
  const found = await store.find(responsesOwner(ingress), id).catch(unavailable);
  if (found === undefined) throw previousNotFound(id);
  const items = [...found.input, found.output];
  const keeping = keepingOf(ingress, context, { id, items });
  const { routed } = context;
  return { ingress: joinedTo(ingress, itemsOf(items)), routed, home: undefined, keeping };
}

export function unavailable(cause: unknown): never {
  const message = 'stored responses, one of which the request names, cannot be read now';
  throw new GatewayError('responses-unavailable', message, { cause });
}

function previousNotFound(id: string): GatewayError {
  return new GatewayError(
    'previous-response-not-found',
    `Previous response with id '${id}' not found.`,
    { param: 'previous_response_id' },
  );
}

/** Throws GatewayError when they are not what was kept. */
export function itemsOf(pieces: readonly Uint8Array[]): JsonArray {
  const texts = pieces.map(textOf).filter((text) => text !== '');
  try {
    const items = parseJson(`[${texts.join(',')}]`);
    return Array.isArray(items) ? items : [];
  } catch (cause) {
    return unavailable(cause);
  }
}

function joinedTo(ingress: Ingress, items: JsonArray): Ingress {
  const exact = joinConversation(items, ingress.exactBody());
  return {
    ...ingress,
    body: joinConversation(items, ingress.body),
    exactBody: () => exact,
    bytes: Buffer.from(stringifyJson(exact)),
  };
}
