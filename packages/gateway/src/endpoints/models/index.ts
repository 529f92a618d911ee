/** Lists of models, and single ones, in the dialect of each vendor: what the client may ask for here. */
import { stringifyJson } from 'ai-api-converter';
import { findCredential } from '../../data-plane/headers.ts';
import { forwardable } from '../../data-plane/ingress.ts';
import { GatewayError } from '../../model/errors.ts';
import type { Answered, Asked, Endpoint } from '../contract.ts';
import { askableChannels } from './askable.ts';
import { type Catalogue, createCatalogue } from './catalogue.ts';
import { dialectOf } from './dialects/index.ts';
import { type ListDoor, listDoorOf } from './doors.ts';
import { isId } from './entries.ts';
import { type Lists, servedModels, type Who } from './served.ts';

export function createModelLists(): Endpoint {
  const catalogue = createCatalogue();
  return {
    open(raw) {
      const door = listDoorOf(raw);
      return (
        door && {
          format: door.format,
          methods: ['GET', 'HEAD'],
          answer: (asked) => answer(asked, door, catalogue),
        }
      );
    },
  };
}

async function answer(asked: Asked, door: ListDoor, catalogue: Catalogue): Promise<Answered> {
  const { raw, snapshot, journal } = asked;
  const credential = findCredential(raw.header, raw.query);
  const caller = snapshot.guard?.authenticate(credential);
  journal.identity = caller && { ...caller, user: caller.key?.user };
  const who = { credential: forwardable(credential), key: caller?.key };
  // No request could name it.
  if (door.id !== undefined && !isId(door.id)) throw unknownModel('of that name');
  const lists = await listsFor(asked, { door, who, catalogue });
  const served = servedModels(snapshot, lists, who);
  const dialect = dialectOf(door.format);
  if (door.id === undefined)
    return good(stringifyJson(dialect.encodeList(served.models, raw.query)));
  const model = served.find(door.id);
  if (model !== undefined) return good(stringifyJson(dialect.encodeModel(model)));
  throw unknownModel(door.id);
}

function unknownModel(name: string): GatewayError {
  return new GatewayError('unknown-model', `there is no model ${name} here`, { param: 'model' });
}

function good(body: string): Answered {
  return { status: 200, headers: {}, body };
}

interface Looking {
  readonly door: ListDoor;
  readonly who: Who;
  readonly catalogue: Catalogue;
}

/** All at once: the slowest decides how long it takes. */
async function listsFor(
  { snapshot, services }: Asked,
  { door, who, catalogue }: Looking,
): Promise<Lists> {
  const askable = askableChannels(snapshot.channels, who, dialectOf(door.format));
  const found = await Promise.all(
    askable.map(async ({ channel, credential }) => {
      const models = await catalogue.listOf({ channel, credential, services });
      return models === undefined ? [] : [[channel, models] as const];
    }),
  );
  return new Map(found.flat());
}
