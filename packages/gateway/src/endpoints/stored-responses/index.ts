/** Responses that are kept here: read again, with what was asked, and deleted. By the form of their ids. */
import { openaiResponses, stringifyJson } from 'ai-api-converter';
import { findCredential } from '../../data-plane/headers.ts';
import { forwardable } from '../../data-plane/ingress.ts';
import { itemsOf, unavailable } from '../../data-plane/kept-items.ts';
import { isOwnResponse } from '../../data-plane/response-ids.ts';
import { responsesOwner } from '../../data-plane/resume.ts';
import { textOf } from '../../lib/bytes.ts';
import { GatewayError } from '../../model/errors.ts';
import type { ResponseStore, StoredResponse } from '../../model/responses.ts';
import type { Answered, Asked, Endpoint } from '../contract.ts';
import { listInputItems } from './input-items.ts';

const paths = /^(?:\/openai)?(?:\/v1){0,2}\/responses\/(?<id>[^/]+)(?:\/(?<part>input_items))?\/?$/;

export const storedResponses: Endpoint = {
  open(raw) {
    const { id, part } = paths.exec(raw.path)?.groups ?? {};
    if (id === undefined || !isOwnResponse(id)) return undefined;
    const isList = part !== undefined;
    return {
      format: openaiResponses,
      methods: isList ? ['GET'] : ['GET', 'DELETE'],
      answer: (asked) => (isList ? answerItems(asked, id) : answerWhole(asked, id)),
    };
  },
};

async function answerWhole(asked: Asked, id: string): Promise<Answered> {
  const { raw } = asked;
  if (raw.method === 'DELETE') return remove(asked, id);
  if (raw.query.get('stream') === 'true')
    throw new GatewayError('body-invalid', 'stream: stored responses are read whole', {
      param: 'stream',
    });
  const { before, output, after } = await find(asked, id);
  return good(`${textOf(before)}[${textOf(output)}]${textOf(after)}`);
}

async function answerItems(asked: Asked, id: string): Promise<Answered> {
  const { input } = await find(asked, id);
  return good(stringifyJson(listInputItems(itemsOf(input), asked.raw.query)));
}

async function remove(asked: Asked, id: string): Promise<Answered> {
  const { store, owner } = access(asked);
  const isRemoved = await store?.remove(owner, id).catch(unavailable);
  if (isRemoved !== true) throw notFound(id);
  return good(stringifyJson({ id, object: 'response', deleted: true }));
}

async function find(asked: Asked, id: string): Promise<StoredResponse> {
  const { store, owner } = access(asked);
  const found = await store?.find(owner, id).catch(unavailable);
  if (found === undefined) throw notFound(id);
  return found;
}

interface Access {
  readonly store: ResponseStore | undefined;
  readonly owner: string;
}

/** Throws GatewayError for who may not ask at all. */
function access({ raw, snapshot, services, journal }: Asked): Access {
  const sent = findCredential(raw.header, raw.query);
  const caller = snapshot.guard?.authenticate(sent);
  journal.identity = caller && { ...caller, user: caller.key?.user };
  const owner = responsesOwner({ caller, credential: forwardable(sent) });
  return { store: services.responses.store, owner };
}

function notFound(id: string): GatewayError {
  return new GatewayError('response-not-found', `Response with id '${id}' not found.`);
}

function good(body: string): Answered {
  return { status: 200, headers: {}, body };
}
