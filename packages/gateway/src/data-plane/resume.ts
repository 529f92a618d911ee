/** What a request goes on from: a conversation that is kept here is joined to it, another is at a channel. */
import {
  itemReferences,
  type JsonArray,
  joinConversation,
  openaiResponses,
} from 'ai-api-converter';
import { bufferOf } from '../lib/bytes.ts';
import { foreignOwner } from '../lib/digest.ts';
import type { NewId } from '../lib/ids.ts';
import { GatewayError } from '../model/errors.ts';
import type { Ingress } from '../model/exchange.ts';
import type { MaybePromise } from '../model/limits.ts';
import type { PreviousResponse, ResponseStore, Responses } from '../model/responses.ts';
import type { Routed } from '../model/snapshot.ts';
import { createKeeping } from './keep-answer.ts';
import { itemsOf, rewritten, unavailable } from './kept-items.ts';
import type { Course } from './kind.ts';
import { itemNotFound, withReferred } from './references.ts';
import { isOwnResponse } from './response-ids.ts';

export interface Joined extends Pick<Course, 'ingress' | 'home'> {
  /**
   * What is new in it, to be kept with its answer; undefined: a provider alone knows what it goes on from, or
   * answers of its format are not kept.
   */
  readonly said: Ingress | undefined;
  /** What it goes on from, where that is kept here. */
  readonly previous: PreviousResponse | undefined;
}

interface Context {
  readonly routed: Routed;
  readonly responses: Responses;
}

interface KeepingContext extends Context {
  readonly newId: NewId;
}

/** Throws, or rejects with, GatewayError: when something that it goes on from is unknown, or cannot be had now. */
export function resume(ingress: Ingress, context: KeepingContext): MaybePromise<Course> {
  if (ingress.format !== openaiResponses) return { ingress, routed: context.routed };
  const joined = join(ingress, context);
  return joined instanceof Promise
    ? joined.then((each) => resumed(each, context))
    : resumed(joined, context);
}

function resumed(
  { ingress, home, said, previous }: Joined,
  { routed, responses: { store }, newId }: KeepingContext,
): Course {
  // To be silent is to ask for it.
  const isStored = ingress.body.outline()['store'] !== false;
  // Of what was said the bytes are kept.
  if (said !== ingress) said?.body.letGo();
  if (store === undefined || said === undefined || !isStored)
    return { ingress, routed, home, isStored };
  const owner = responsesOwner(said);
  return {
    ingress,
    routed,
    home,
    isStored,
    keeping: createKeeping({ store, ingress: said, owner, previous, newId }),
  };
}

/** Fails as `resume` does. What names nothing that was said before is left as it is, at once. */
export function join(ingress: Ingress, context: Context): MaybePromise<Joined> {
  const asItCame = { ingress, home: undefined, previous: undefined };
  if (ingress.format !== openaiResponses) return { ...asItCame, said: undefined };
  const previousId = previousIdOf(ingress);
  const isWhole = previousId === undefined && !hasReferences(ingress);
  return isWhole ? { ...asItCame, said: ingress } : joinNamed(ingress, previousId, context);
}

/** One that says what it is may be long; one that does not is taken for short, as all are that anybody has seen. */
function hasReferences({ body, bytes }: Ingress): boolean {
  const isNamed = bufferOf(bytes).includes('item_reference');
  return itemReferences(isNamed ? body.plain() : body.outline()).length > 0;
}

function previousIdOf({ body }: Ingress): string | undefined {
  const id = body.outline()['previous_response_id'];
  return typeof id === 'string' && id !== '' ? id : undefined;
}

async function joinNamed(
  ingress: Ingress,
  previousId: string | undefined,
  { routed, responses }: Context,
): Promise<Joined> {
  const { store, homes } = responses;
  const { channels } = routed.route;
  const previous = store && (await findPrevious(ingress, previousId, store));
  const items = itemsOf(previous?.items ?? []);
  const said = store === undefined ? ingress : await referredIn(ingress, { items, store });
  const joined = previous ? rewritten(said, (body) => joinConversation(items, body)) : said;
  // What is named still is a provider's own.
  const response = previousIdOf(joined);
  const named = [
    ...itemReferences(joined.body.plain()),
    ...(response === undefined ? [] : [response]),
  ];
  const last = named.at(-1);
  if (last === undefined) return { ingress: joined, home: undefined, said, previous };
  const mayBeKnown = channels.some(({ provider }) => provider.formats.includes(ingress.format));
  if (store !== undefined && !mayBeKnown)
    throw response === undefined ? itemNotFound(last) : previousNotFound(response);
  // Of an answer with several items the first alone is remembered.
  const home = named.reduceRight<number | undefined>(
    (found, id) => found ?? homes.recall(id, channels),
    undefined,
  );
  return { ingress: joined, home, said: undefined, previous };
}

async function findPrevious(
  ingress: Ingress,
  id: string | undefined,
  store: ResponseStore,
): Promise<PreviousResponse | undefined> {
  if (id === undefined || !isOwnResponse(id)) return undefined;
  const found = await store.find(responsesOwner(ingress), id).catch(unavailable);
  if (found === undefined) throw previousNotFound(id);
  return { id, items: [...found.input, found.output] };
}

interface Kept {
  readonly items: JsonArray;
  readonly store: ResponseStore;
}

function referredIn(ingress: Ingress, { items, store }: Kept): Promise<Ingress> {
  const owner = responsesOwner(ingress);
  return withReferred(ingress, {
    items,
    find: (responseId) => store.find(owner, responseId).catch(unavailable),
  });
}

/** Whose answers are kept together. */
export function responsesOwner({
  caller,
  credential,
}: Pick<Ingress, 'caller' | 'credential'>): string {
  return caller?.owner ?? foreignOwner(credential?.secret);
}

function previousNotFound(id: string): GatewayError {
  return new GatewayError(
    'previous-response-not-found',
    `Previous response with id '${id}' not found.`,
    { param: 'previous_response_id' },
  );
}
